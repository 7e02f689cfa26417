//! OpenAI's chat completions, as in its API reference; compatible servers speak the same.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{Answer, Dialect, Ending, event};

pub(super) fn dialect() -> Dialect {
    Dialect {
        root: "/v1/",
        route: |path, body| (path == "/v1/chat/completions").then(|| body["stream"] == json!(true)),
        key,
        stream,
        whole,
        error,
        error_event: || {
            event(
                None,
                &json!({"error": {"message": "The server had an error", "type": "server_error", "param": null, "code": null}}),
            )
        },
    }
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn finish(answer: &Answer) -> &'static str {
    match answer.finish {
        Ending::Stop | Ending::Blocked if answer.calls.is_empty() => "stop",
        Ending::Stop | Ending::Blocked => "tool_calls",
        Ending::Length => "length",
        Ending::Refusal => "content_filter",
    }
}

fn usage(answer: &Answer) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0}
    })
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_741_569_952, "model": "gpt-4o-2024-08-06",
        "service_tier": "default", "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
        "usage": null
    });
    event(None, &body)
}

fn stream(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let mut frames = vec![chunk(
        &json!({"role": "assistant", "content": "", "refusal": null}),
        None,
    )];

    let field = if answer.finish == Ending::Blocked {
        "refusal"
    } else {
        "content"
    };
    frames.extend(answer.pieces().map(|piece| chunk(&json!({field: piece}), None)));

    for (index, (name, arguments)) in answer.calls.iter().enumerate() {
        let call = json!({"index": index, "id": format!("call_{index}"), "type": "function", "function": {"name": name, "arguments": ""}});
        frames.push(chunk(&json!({"tool_calls": [call]}), None));
        let arguments = arguments.to_string();
        let (first, second) = arguments.split_at(1);
        for part in [first, second] {
            let part = json!({"index": index, "function": {"arguments": part}});
            frames.push(chunk(&json!({"tool_calls": [part]}), None));
        }
    }

    let totals = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_741_569_952, "model": "gpt-4o-2024-08-06",
        "choices": [], "usage": usage(answer)
    });
    frames.push(chunk(&json!({}), Some(finish(answer))));

    (frames, vec![event(None, &totals), "data: [DONE]\n\n".to_owned()])
}

fn whole(answer: &Answer) -> Value {
    let calls: Vec<Value> = answer
        .calls
        .iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            json!({"id": format!("call_{index}"), "type": "function", "function": {"name": name, "arguments": arguments.to_string()}})
        })
        .collect();

    let mut message =
        json!({"role": "assistant", "content": answer.text, "refusal": null, "annotations": []});
    if answer.finish == Ending::Blocked {
        message["content"] = Value::Null;
        message["refusal"] = json!(answer.text);
    }

    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }

    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_741_569_952, "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish(answer)}],
        "usage": usage(answer), "service_tier": "default"
    })
}

fn error(status: u16) -> Value {
    let (kind, code) = match status {
        400 => ("invalid_request_error", json!("invalid_value")),
        401 => ("invalid_request_error", json!("invalid_api_key")),
        404 => ("invalid_request_error", json!("model_not_found")),
        429 => ("requests", json!("rate_limit_exceeded")),
        _ => ("server_error", Value::Null),
    };
    json!({"error": {"message": "What the provider says to developers", "type": kind, "param": null, "code": code}})
}
