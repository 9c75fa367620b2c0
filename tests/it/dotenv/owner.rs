//! DB-GPT's own `.env` as the table's owner.

use patchbay::config::{Built, Vars, build};
use patchbay::table::ModelName;

use super::env;

fn built(content: &str) -> Built {
    build(&[env(content)], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// One line a model: its names, its targets with their weights, and what is sent.
fn table(content: &str) -> String {
    let table = built(content).table;
    let lines = table.routes().iter().map(|route| {
        let names: Vec<&str> =
            std::iter::once(&route.name).chain(&route.aliases).map(ModelName::as_str).collect();
        let targets = route.tiers[0].targets.iter().map(|target| {
            let backend = table.backend(target.backend);
            let key = backend.key.as_ref().map_or("-", |key| key.expose());
            let sent = target.model.as_ref().map_or("as asked", |model| model.as_str());
            format!("{} x{} ({sent}, {key})", backend.address, target.weight)
        });
        format!("{} -> {}", names.join(" "), targets.collect::<Vec<_>>().join(", "))
    });
    let default = table.default_route().map_or("none", |route| route.name.as_str());
    format!("{}\ndefault {default}", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_main_model_is_the_default_and_has_the_key() {
    insta::assert_snapshot!(table("
        LLM_MODEL=proxyllm
        PROXYLLM_BACKEND=gpt-4o
        PROXY_SERVER_URL=http://127.0.0.1:8000/v1/chat/completions
        PROXY_API_KEY=sk-main
        "), @r"
    gpt-4o -> http://127.0.0.1:8000/v1 x1 (gpt-4o, sk-main)
    default gpt-4o
    ");
    insta::assert_snapshot!(table("proxy_server_url=http://h\nPROXY_API_KEY=\n"), @r"
    gpt-3.5-turbo -> http://h/v1 x1 (gpt-3.5-turbo, -)
    default gpt-3.5-turbo
    ");
}

#[test]
fn several_addresses_share_the_work() {
    insta::assert_snapshot!(table("PROXYLLM_BACKEND=m\nPROXY_SERVER_URL= http://a , http://b:1/v1/*3 ,\n"), @r"
    m -> http://a/v1 x1 (m, -), http://b:1/v1 x3 (m, -)
    default m
    ");
}

#[test]
fn a_prefix_makes_one_more_model_by_dbgpts_look_up() {
    insta::assert_snapshot!(table("
        PROXYLLM_BACKEND=gpt-4o
        PROXY_SERVER_URL=http://main
        PROXY_API_KEY=sk-main
        QWEN_72B_PROXY_SERVER_URL=http://qwen
        QWEN_72B_PROXYLLM_BACKEND=Qwen2.5-72B-Instruct
        QWEN_72B_PROXY_API_KEY=sk-qwen
        glm_4_proxy_server_url=http://glm
        YI_PROXY_SERVER_URL=http://yi
        YI_PROXY_API_KEY=
        proxy_http_openapi_proxy_server_url=http://bge/v1/embeddings
        proxy_http_openapi_proxy_backend=bge-m3
        "), @r"
    gpt-4o -> http://main/v1 x1 (gpt-4o, sk-main)
    Qwen2.5-72B-Instruct qwen_72b qwen-72b -> http://qwen/v1 x1 (Qwen2.5-72B-Instruct, sk-qwen)
    glm_4 glm-4 -> http://glm/v1 x1 (as asked, sk-main)
    yi -> http://yi/v1 x1 (as asked, -)
    bge-m3 proxy_http_openapi proxy-http-openapi -> http://bge/v1 x1 (bge-m3, sk-main)
    default gpt-4o
    ");
}

#[test]
fn more_models_fit_on_one_line() {
    insta::assert_snapshot!(table("PATCHBAY_MODELS=\"a=http://u1,http://u2*2; b=http://u3?x=1\"\nPROXYLLM_BACKEND=b\nB_PROXY_API_KEY=k"), @r"
    a -> http://u1/v1 x1 (as asked, -), http://u2/v1 x2 (as asked, -)
    b -> http://u3/v1?… x1 (as asked, k)
    default b
    ");
}

#[test]
fn another_llm_model_is_one_more_name_and_is_told() {
    let file = "PROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL=http://h\nLLM_MODEL=vicuna-13b\nOPENAI_API_BASE=http://x\n";
    assert!(table(file).starts_with("gpt-4o vicuna-13b -> "));
    let warnings: String = built(file).warnings.iter().map(|warning| warning.render(false)).collect();
    insta::assert_snapshot!(warnings, @r"
    warning[W101]: `vicuna-13b` is served as one more name of `gpt-4o`
      --> .env:3:11
       |
     3 | LLM_MODEL=vicuna-13b
       |           ^^^^^^^^^^
       = help: DB-GPT uses this server only with LLM_MODEL=proxyllm or chatgpt_proxyllm
    warning[W101]: OPENAI_API_BASE is not used here
      --> .env:4:1
       |
     4 | OPENAI_API_BASE=http://x
       | ^^^^^^^^^^^^^^^
       = help: in DB-GPT it goes before PROXY_SERVER_URL: remove one of the two
    ");
    for quiet in
        ["LLM_MODEL=chatgpt_proxyllm", "LLM_MODEL=gpt-4o", "LANGUAGE=en\nMODEL_SERVER=http://127.0.0.1:8000"]
    {
        let file = format!("PROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL=http://h\n{quiet}\n");
        assert_eq!(built(&file).warnings, []);
        assert!(table(&file).starts_with("gpt-4o -> "));
    }
}

#[test]
fn ports_and_callers_can_be_set_without_yaml() {
    let built = built(
        "PROXY_SERVER_URL=http://h\nPATCHBAY_LISTEN=0.0.0.0:80\nPATCHBAY_ADMIN=127.0.0.1:81\nPATCHBAY_KEYS=a-key, b-key\n",
    );
    assert_eq!(built.server.listen.to_string(), "0.0.0.0:80");
    assert_eq!(built.server.admin.to_string(), "127.0.0.1:81");
    assert_eq!(built.table.callers().find(b"b-key").unwrap().name, "key-2");
}

#[test]
fn a_routes_yaml_makes_the_env_a_source_of_values_only() {
    let routes = patchbay::config::Document {
        name: "routes.yaml".to_owned(),
        format: patchbay::config::Format::Routes,
        content: "models: {m: '${PROXY_SERVER_URL}'}".into(),
    };
    let env = env("PROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL=http://h\nLLM_MODEL=x\n");
    let built = build(&[routes, env], &Vars::new()).unwrap();
    assert_eq!(built.warnings, []);
    let names: Vec<&str> = built.table.routes().iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["m"]);
}
