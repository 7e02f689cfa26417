//! Gemini's generateContent and streamGenerateContent, as in its API reference.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{Answer, Dialect, Ending, event};

pub(super) fn dialect() -> Dialect {
    Dialect {
        root: "/v1beta/",
        route: |path, _body| {
            let method = path.strip_prefix("/v1beta/models/")?.split_once(':')?.1;
            match method {
                "generateContent" => Some(false),
                "streamGenerateContent?alt=sse" => Some(true),
                _ => None,
            }
        },
        key,
        stream,
        whole,
        error,
        error_event: || event(None, &error(503)),
    }
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-goog-api-key")?.to_str().ok()
}

fn finish(answer: &Answer) -> &'static str {
    match answer.finish {
        Ending::Stop | Ending::Blocked => "STOP",
        Ending::Length => "MAX_TOKENS",
        Ending::Refusal => "SAFETY",
    }
}

fn usage(answer: &Answer) -> Value {
    json!({
        "promptTokenCount": answer.input_tokens,
        "candidatesTokenCount": answer.output_tokens,
        "totalTokenCount": answer.input_tokens + answer.output_tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": answer.input_tokens}]
    })
}

fn response(parts: &[Value], finish: Option<&str>, usage: &Value) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-2.5-pro", "responseId": "r1"})
}

fn blocked(answer: &Answer) -> Value {
    json!({
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": answer.input_tokens, "totalTokenCount": answer.input_tokens},
        "modelVersion": "gemini-2.5-pro"
    })
}

fn calls(answer: &Answer) -> Vec<Value> {
    let call =
        |(name, arguments): &(String, Value)| json!({"functionCall": {"name": name, "args": arguments}});
    answer.calls.iter().map(call).collect()
}

fn stream(answer: &Answer) -> (Vec<String>, Vec<String>) {
    if answer.finish == Ending::Blocked {
        return (Vec::new(), vec![event(None, &blocked(answer))]);
    }

    let partial = json!({"promptTokenCount": answer.input_tokens, "totalTokenCount": answer.input_tokens});
    let frames = answer
        .pieces()
        .map(|piece| event(None, &response(&[json!({"text": piece})], None, &partial)));
    let last = response(&calls(answer), Some(finish(answer)), &usage(answer));

    (frames.collect(), vec![event(None, &last)])
}

fn whole(answer: &Answer) -> Value {
    if answer.finish == Ending::Blocked {
        return blocked(answer);
    }
    let text = (!answer.text.is_empty()).then(|| json!({"text": answer.text}));
    let parts: Vec<Value> = text.into_iter().chain(calls(answer)).collect();
    response(&parts, Some(finish(answer)), &usage(answer))
}

fn error(status: u16) -> Value {
    let (name, details) = match status {
        400 => ("INVALID_ARGUMENT", json!([])),
        401 => ("UNAUTHENTICATED", json!([])),
        403 => ("PERMISSION_DENIED", json!([])),
        404 => ("NOT_FOUND", json!([])),
        429 => (
            "RESOURCE_EXHAUSTED",
            json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]),
        ),
        503 => ("UNAVAILABLE", json!([])),
        504 => ("DEADLINE_EXCEEDED", json!([])),
        _ => ("INTERNAL", json!([])),
    };

    json!({"error": {"code": status, "message": "What the provider says to developers", "status": name, "details": details}})
}
