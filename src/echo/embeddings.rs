//! Embeddings: small vectors that depend on the input alone.

use serde_json::{Value, json};

use crate::table::EchoSpec;

use super::chance::{scramble, unit};
use super::refusal::Refusal;
use crate::table::base64;

const DIMENSIONS: usize = 8;
const MOST_DIMENSIONS: usize = 4096;

/// Answers an embeddings request: one vector of length 1 an input, the same for the same input.
pub(super) fn embed(spec: &EchoSpec, body: &Value) -> Result<Value, Refusal> {
    let inputs = inputs(&body["input"])?;
    let dimensions = body["dimensions"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(DIMENSIONS);
    let as_base64 = body["encoding_format"] == "base64";
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(input, dimensions.clamp(1, MOST_DIMENSIONS));
            let embedding = if as_base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                json!(base64::encode(&bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: usize = inputs.iter().map(|input| tokens(input)).sum();
    Ok(json!({
        "object": "list",
        "data": data,
        "model": body["model"].as_str().unwrap_or(&spec.name),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }))
}

/// One input is a text or a list of token numbers; several are a list of those.
fn inputs(input: &Value) -> Result<Vec<&Value>, Refusal> {
    let wrong = Refusal::Field { field: "input", wanted: "a text, token numbers, or a list of those" };
    let all_tokens = |value: &Value| match value {
        Value::Array(parts) => !parts.is_empty() && parts.iter().all(Value::is_u64),
        _ => false,
    };
    match input {
        Value::String(_) => Ok(vec![input]),
        Value::Array(_) if all_tokens(input) => Ok(vec![input]),
        Value::Array(parts) if !parts.is_empty() && parts.iter().all(|p| p.is_string() || all_tokens(p)) => {
            Ok(parts.iter().collect())
        }
        _ => Err(wrong),
    }
}

fn tokens(input: &Value) -> usize {
    match input {
        Value::Array(numbers) => numbers.len(),
        text => text.as_str().map_or(0, |text| text.split_whitespace().count()),
    }
}

fn vector(input: &Value, dimensions: usize) -> Vec<f32> {
    let text = input.as_str().map_or_else(|| input.to_string(), str::to_owned);
    let mut seed = text.bytes().fold(0, |seed, byte| scramble(seed ^ u64::from(byte)));
    let raw: Vec<f64> = (0..dimensions)
        .map(|_| {
            seed = scramble(seed);
            unit(seed) * 2.0 - 1.0
        })
        .collect();
    let length = raw.iter().map(|number| number * number).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "vectors travel as 32-bit floats")]
    raw.iter().map(|number| (number / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embed_with(body: &Value) -> Value {
        embed(&EchoSpec::parse("echo://blue").unwrap(), body).unwrap()
    }

    #[test]
    fn every_form_of_input_gets_a_vector_each() {
        let forms = [
            (json!("hi"), 1),
            (json!(["hi", "you"]), 2),
            (json!([57668, 53901]), 1),
            (json!([[57668, 53901], [1]]), 2),
        ];
        for (input, count) in forms {
            let answer = embed_with(&json!({"model": "m", "input": input}));
            let data = answer["data"].as_array().unwrap();
            assert_eq!(data.len(), count, "{answer}");
            for (index, item) in data.iter().enumerate() {
                assert_eq!(item["index"], index);
                assert_eq!(item["embedding"].as_array().unwrap().len(), DIMENSIONS);
            }
            assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
        }
    }

    #[test]
    fn the_same_input_gets_the_same_vector_of_length_1() {
        let vector = |text: &str| embed_with(&json!({"input": text, "dimensions": 32}))["data"][0].clone();
        assert_eq!(vector("hi"), vector("hi"));
        assert_ne!(vector("hi")["embedding"], vector("ho")["embedding"]);
        let numbers = vector("hi")["embedding"].as_array().unwrap().clone();
        let square: f64 = numbers.iter().map(|n| n.as_f64().unwrap().powi(2)).sum();
        assert!((square - 1.0).abs() < 1e-6, "{square}");
    }

    #[test]
    fn base64_holds_the_same_numbers_little_endian() {
        let body = json!({"input": "hi", "dimensions": 2});
        let plain = embed_with(&body);
        let mut wanted = Vec::new();
        for number in plain["data"][0]["embedding"].as_array().unwrap() {
            #[expect(clippy::cast_possible_truncation, reason = "vectors travel as 32-bit floats")]
            wanted.extend_from_slice(&(number.as_f64().unwrap() as f32).to_le_bytes());
        }
        let mut body = body;
        body["encoding_format"] = json!("base64");
        assert_eq!(embed_with(&body)["data"][0]["embedding"], base64::encode(&wanted));
    }
}
