//! Rerank in the dialects that DB-GPT's clients read, told apart by path and fields.

use serde_json::{Value, json};

use crate::table::EchoSpec;

use super::refusal::Refusal;

/// Answers `/rerank`: TEI's bare list for `texts`, else `results`; best first, every document
/// unless `top_n` asks for fewer.
pub(super) fn rerank(spec: &EchoSpec, body: &Value, number: u64) -> Result<Value, Refusal> {
    let tei = body.get("texts").is_some();
    let mut scored = scores(body, if tei { "texts" } else { "documents" })?;
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    if tei {
        return Ok(scored.iter().map(|(index, score)| json!({"index": index, "score": score})).collect());
    }
    let most = body["top_n"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let results: Vec<Value> = scored
        .iter()
        .take(most)
        .map(|(index, score)| json!({"index": index, "relevance_score": score}))
        .collect();
    Ok(json!({
        "id": format!("rerank-{}-{number:08x}", spec.name),
        "model": body["model"].as_str().unwrap_or(&spec.name),
        "results": results,
    }))
}

/// Answers DB-GPT's `/beta/relevance`: plain numbers in the order of the documents.
pub(super) fn relevance(body: &Value) -> Result<Value, Refusal> {
    let scores: Vec<f64> = scores(body, "documents")?.into_iter().map(|(_, score)| score).collect();
    Ok(json!({"object": "list", "model": body["model"], "data": scores}))
}

/// The score is the share of the query's words that the document has.
fn scores(body: &Value, field: &'static str) -> Result<Vec<(usize, f64)>, Refusal> {
    let query = body["query"].as_str().ok_or(Refusal::Field { field: "query", wanted: "a text" })?;
    let documents = body[field].as_array().ok_or(Refusal::Field { field, wanted: "a list" })?;
    let wanted: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let score = |document: &Value| {
        let text = document.as_str().or_else(|| document["text"].as_str()).unwrap_or_default().to_lowercase();
        let found = wanted.iter().filter(|word| text.contains(word.as_str())).count();
        #[expect(clippy::cast_precision_loss, reason = "a query has few words")]
        let share = found as f64 / wanted.len().max(1) as f64;
        share
    };
    Ok(documents.iter().map(score).enumerate().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_gets_the_shape_that_its_client_reads() {
        let spec = EchoSpec::parse("echo://blue").unwrap();
        let documents = json!(["a cat", "red fox", "a red cat"]);

        let answer = rerank(&spec, &json!({"model": "m", "query": "red cat", "documents": documents}), 1);
        let answer = answer.unwrap();
        assert_eq!(
            answer["results"],
            json!([
                {"index": 2, "relevance_score": 1.0},
                {"index": 0, "relevance_score": 0.5},
                {"index": 1, "relevance_score": 0.5},
            ])
        );

        let answer = rerank(&spec, &json!({"query": "red cat", "texts": documents}), 1).unwrap();
        assert_eq!(answer[0], json!({"index": 2, "score": 1.0}));
        assert_eq!(answer.as_array().unwrap().len(), 3);

        let answer = relevance(&json!({"model": "m", "query": "red cat", "documents": documents})).unwrap();
        assert_eq!(answer["data"], json!([0.5, 0.5, 1.0]));
    }
}
