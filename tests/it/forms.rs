//! Audio and images come as forms; their model is found and nothing else is touched.

use crate::bench::{Answer, Bench, RunningBench};
use crate::fake::Fake;

async fn renaming() -> RunningBench {
    let yaml = "models:\n  plain: {plain}\n  named: {to: {named}, model: org/Whisper}\n";
    let bench =
        Bench::new().backend("plain", Fake::answers("hello")).backend("named", Fake::answers("hello"));
    bench.yaml(yaml).start().await
}

/// A form of a file and these further parts; the file is noise that holds what looks like parts.
fn form(parts: &[&str]) -> Vec<u8> {
    let mut body = b"--B0\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a; name=\\\"model\\\"; b.mp3\"\r\n\
        content-type: audio/mpeg\r\n\r\n\xff\xfb\x00 --B0\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nplain\r\n\
        --B0x\r\n\n--B0\r\n \xfe"
        .to_vec();
    for part in parts {
        body.extend_from_slice(b"\r\n--B0\r\ncontent-disposition: form-data; ");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(b"\r\n--B0--\r\n");
    body
}

async fn send(bench: &RunningBench, kind: &str, body: Vec<u8>) -> Answer {
    let ask = bench.get("/v1/audio/transcriptions").method("POST").header("content-type", kind);
    ask.body(body).send().await
}

const KIND: &str = "multipart/form-data; boundary=B0";

#[tokio::test]
async fn a_forms_model_is_replaced_and_no_other_byte() {
    let bench = renaming().await;
    let language = "name=\"language\"\r\n\r\nen";
    for kind in [KIND, "Multipart/Form-Data; charset=utf-8; Boundary=\"B0\""] {
        let answer = send(&bench, kind, form(&[language, "name=\"model\"\r\n\r\nnamed"])).await;
        assert_eq!(answer.status, 200, "{}", answer.lossy());
        let received = bench.backend("named").last();
        assert!(
            received.body == form(&[language, "name=\"model\"\r\n\r\norg/Whisper"]),
            "{:?}",
            received.body
        );
        assert_eq!(received.header("content-type"), Some(kind));
        assert_eq!(received.path, "/v1/audio/transcriptions");
    }
    let same = form(&["name=model\r\nx-more: 1\r\n\r\nplain"]);
    assert_eq!(send(&bench, KIND, same.clone()).await.status, 200);
    assert!(bench.backend("plain").last().body == same);
}

#[tokio::test]
async fn a_form_that_does_not_name_one_model_is_refused() {
    let bench = renaming().await;
    let model = "name=\"model\"\r\n\r\nplain";
    for (what, status, body) in [
        ("two models", 400, form(&[model, model])),
        ("no part", 400, b"hello".to_vec()),
        ("no end of a part's headers", 400, form(&["name=\"model\""])),
        ("no model", 404, form(&["name=\"Model\"\r\n\r\nplain"])),
    ] {
        let answer = send(&bench, KIND, body).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.lossy());
        answer.error();
    }
    assert_eq!(bench.backend("plain").count(), 0);
}
