//! Anthropic's messages, as in its API reference.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{Answer, Dialect, Ending, event};

pub(super) fn dialect() -> Dialect {
    Dialect {
        root: "/v1/",
        route: |path, body| (path == "/v1/messages").then(|| body["stream"] == json!(true)),
        key,
        stream,
        whole,
        error,
        error_event: || event(Some("error"), &error(529)),
    }
}

/// The API answers 400 to a call that names no version.
fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("anthropic-version")?;
    headers.get("x-api-key")?.to_str().ok()
}

fn finish(answer: &Answer) -> &'static str {
    match answer.finish {
        Ending::Stop if answer.calls.is_empty() => "end_turn",
        Ending::Stop => "tool_use",
        Ending::Length => "max_tokens",
        Ending::Refusal | Ending::Blocked => "refusal",
    }
}

/// A block's start, its deltas, and the block as it is in the end.
struct Block {
    start: Value,
    deltas: Vec<Value>,
    whole: Value,
}

fn blocks(answer: &Answer) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(thoughts) = &answer.thinking {
        blocks.push(Block {
            start: json!({"type": "thinking", "thinking": "", "signature": ""}),
            deltas: vec![
                json!({"type": "thinking_delta", "thinking": thoughts}),
                json!({"type": "signature_delta", "signature": "c2lnbmVk"}),
            ],
            whole: json!({"type": "thinking", "thinking": thoughts, "signature": "c2lnbmVk"}),
        });
    }

    if !answer.text.is_empty() {
        blocks.push(Block {
            start: json!({"type": "text", "text": ""}),
            deltas: answer
                .pieces()
                .map(|piece| json!({"type": "text_delta", "text": piece}))
                .collect(),
            whole: json!({"type": "text", "text": answer.text}),
        });
    }

    for (index, (name, arguments)) in answer.calls.iter().enumerate() {
        let id = format!("toolu_{index}");
        let text = arguments.to_string();
        let (first, second) = text.split_at(1);
        blocks.push(Block {
            start: json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
            deltas: ["", first, second]
                .iter()
                .map(|part| json!({"type": "input_json_delta", "partial_json": part}))
                .collect(),
            whole: json!({"type": "tool_use", "id": id, "name": name, "input": arguments}),
        });
    }

    blocks
}

fn message(content: &[Value], stop: Option<&str>, usage: &Value) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-4-5-20251101",
        "content": content, "stop_reason": stop, "stop_sequence": null, "usage": usage
    })
}

fn stream(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let usage = json!({"input_tokens": answer.input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1});
    let start = json!({"type": "message_start", "message": message(&[], None, &usage)});
    let mut frames = vec![
        event(Some("message_start"), &start),
        event(Some("ping"), &json!({"type": "ping"})),
    ];
    for (index, block) in blocks(answer).into_iter().enumerate() {
        let start = json!({"type": "content_block_start", "index": index, "content_block": block.start});
        frames.push(event(Some("content_block_start"), &start));
        for delta in block.deltas {
            let delta = json!({"type": "content_block_delta", "index": index, "delta": delta});
            frames.push(event(Some("content_block_delta"), &delta));
        }
        let stop = json!({"type": "content_block_stop", "index": index});
        frames.push(event(Some("content_block_stop"), &stop));
    }

    let delta = json!({
        "type": "message_delta", "delta": {"stop_reason": finish(answer), "stop_sequence": null},
        "usage": {"output_tokens": answer.output_tokens}
    });
    let stop = json!({"type": "message_stop"});

    (
        frames,
        vec![
            event(Some("message_delta"), &delta),
            event(Some("message_stop"), &stop),
        ],
    )
}

fn whole(answer: &Answer) -> Value {
    let content: Vec<Value> = blocks(answer).into_iter().map(|block| block.whole).collect();
    let usage = json!({"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens});
    message(&content, Some(finish(answer)), &usage)
}

fn error(status: u16) -> Value {
    let kind = match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };

    json!({"type": "error", "error": {"type": kind, "message": "What the provider says to developers"}, "request_id": "req_1"})
}
