//! Where a provider of LiteLLM is, in OpenAI's dialect.

use super::settings::Params;

/// Providers that speak OpenAI's dialect, and where. Those without an address need `api_base`.
const PROVIDERS: &[(&str, &str)] = &[
    ("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
    ("deepseek", "https://api.deepseek.com/v1"),
    ("fireworks_ai", "https://api.fireworks.ai/inference/v1"),
    ("gemini", "https://generativelanguage.googleapis.com/v1beta/openai"),
    ("groq", "https://api.groq.com/openai/v1"),
    ("hosted_vllm", ""),
    ("litellm_proxy", ""),
    ("llamafile", ""),
    ("lm_studio", ""),
    ("mistral", "https://api.mistral.ai/v1"),
    ("moonshot", "https://api.moonshot.cn/v1"),
    ("nvidia_nim", "https://integrate.api.nvidia.com/v1"),
    ("ollama", "http://127.0.0.1:11434/v1"),
    ("ollama_chat", "http://127.0.0.1:11434/v1"),
    ("openai", "https://api.openai.com/v1"),
    ("openai_like", ""),
    ("openrouter", "https://openrouter.ai/api/v1"),
    ("perplexity", "https://api.perplexity.ai"),
    ("text-completion-openai", "https://api.openai.com/v1"),
    ("together_ai", "https://api.together.xyz/v1"),
    ("vllm", ""),
    ("xai", "https://api.x.ai/v1"),
];

/// Where a deployment is asked, and as what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The base URL, or `os.environ/NAME`.
    pub(super) url: String,
    /// The name it knows its model by; `None` leaves what the client asked for.
    pub(super) model: Option<String>,
    /// Whether requests leave the house: it is the provider's own address.
    pub(super) cloud: bool,
    /// The header that takes the key, where it isn't the usual one.
    pub(super) key_header: Option<&'static str>,
}

/// Finds out where a deployment is; else says why it can't be asked.
pub(super) fn place(params: &Params) -> Result<Place, String> {
    let (provider, model) = params.model.split_once('/').unwrap_or(("openai", &params.model));
    if provider == "azure" {
        return azure(params, model);
    }
    let known = PROVIDERS.iter().find(|(name, _)| *name == provider).map(|(_, url)| *url);
    // Without a known provider the slash belongs to the model's name.
    let model = if known.is_some() { model } else { &params.model };
    let model = (model != "*").then(|| model.to_owned());
    if model.as_ref().is_some_and(|model| model.contains('*')) {
        return Err(format!("`{}` takes a part of the asked name away, which a route can't", params.model));
    }
    match (&params.api_base, known) {
        (Some(base), _) => {
            let lacks_v1 = provider.starts_with("ollama") && !base.trim_end_matches('/').ends_with("/v1");
            let url = if lacks_v1 { format!("{}/v1", base.trim_end_matches('/')) } else { base.clone() };
            Ok(Place { url, model, cloud: false, key_header: None })
        }
        (None, Some(url)) if !url.is_empty() => {
            Ok(Place { url: url.to_owned(), model, cloud: url.starts_with("https"), key_header: None })
        }
        (None, Some(_)) => Err(format!("`{provider}` needs an `api_base`")),
        (None, None) => {
            Err(format!("no address in OpenAI's dialect is known for `{provider}`; give `api_base`"))
        }
    }
}

/// Azure puts the deployment into the path and takes the key in a header of its own.
fn azure(params: &Params, deployment: &str) -> Result<Place, String> {
    let base = params.api_base.as_deref().filter(|base| !base.starts_with("os.environ/"));
    let Some(base) = base else { return Err("`azure` needs an `api_base` in clear".to_owned()) };
    let version = params.api_version.as_deref().unwrap_or("2024-10-21");
    Ok(Place {
        url: format!("{}/openai/deployments/{deployment}?api-version={version}", base.trim_end_matches('/')),
        model: None,
        cloud: true,
        key_header: Some("api-key"),
    })
}
