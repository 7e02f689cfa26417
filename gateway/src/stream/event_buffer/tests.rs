//! What a buffer tells its watchers, without a service or a socket.

use kit::secrets::Key;
use proto::v1::RunEvent;

use super::*;

fn buffer(log_bytes: usize, deltas: usize) -> EventBuffer {
    let base = PublicBase("https://saga.example".into());
    EventBuffer::new(
        base,
        MediaSigner::new(Key::random()),
        BufferLimits { log_bytes, deltas },
    )
}

fn event(number: u64) -> RunEvent {
    RunEvent {
        number,
        kind: "note".into(),
        data: number.to_string(),
        ..RunEvent::default()
    }
}

fn delta(name: &str) -> RunEvent {
    RunEvent {
        number: 0,
        kind: "delta".into(),
        data: format!("\"{name}\""),
        ..RunEvent::default()
    }
}

/// Everything there is, as the data of each message.
fn read(buffer: &EventBuffer, cursor: &mut Cursor) -> Vec<String> {
    let mut all = Vec::new();
    let mut frames = Vec::new();
    while let Some(Step::Frames) = buffer.read(cursor, &buffer.base, &mut frames) {
        let data = |frame: &Frame| {
            serde_json::from_str::<serde_json::Value>(&frame.text()).unwrap()["data"].to_string()
        };
        all.extend(frames.drain(..).map(|frame| data(&frame)));
    }

    all
}

#[test]
fn deltas_stand_between_the_events_they_came_between_and_are_not_told_to_who_comes_later() {
    let buffer = buffer(10_000, 10);
    let mut early = buffer.cursor(0).unwrap();

    for event in [event(1), delta("a"), delta("b"), event(2), delta("c")] {
        buffer.publish(event);
    }

    assert_eq!(read(&buffer, &mut early), ["1", "\"a\"", "\"b\"", "2", "\"c\""]);

    let mut late = buffer.cursor(1).unwrap();
    assert_eq!(read(&buffer, &mut late), ["2"]);

    buffer.publish(delta("d"));
    assert_eq!(read(&buffer, &mut late), ["\"d\""]);
}

#[test]
fn an_event_that_comes_twice_is_told_once() {
    let buffer = buffer(10_000, 10);
    let mut cursor = buffer.cursor(0).unwrap();
    for number in [1, 2, 2, 1, 3] {
        buffer.publish(event(number));
    }
    assert_eq!(read(&buffer, &mut cursor), ["1", "2", "3"]);
}

#[test]
fn who_is_further_behind_than_the_room_remembers_is_told_so() {
    let buffer = buffer(150, 2);
    let mut slow = buffer.cursor(0).unwrap();

    (1..=10).for_each(|number| buffer.publish(event(number)));
    assert!(matches!(
        buffer.read(&mut slow, &buffer.base, &mut Vec::new()),
        Some(Step::Behind)
    ));
    assert!(buffer.cursor(0).is_none() && buffer.cursor(9).is_some());

    let mut deaf = buffer.cursor(10).unwrap();
    buffer.publish(delta("a"));
    buffer.publish(delta("b"));

    assert!(matches!(
        buffer.read(&mut deaf.clone(), &buffer.base, &mut Vec::new()),
        Some(Step::Frames)
    ));

    buffer.publish(delta("c"));
    assert!(matches!(
        buffer.read(&mut deaf, &buffer.base, &mut Vec::new()),
        Some(Step::Behind)
    ));
}

#[test]
fn the_end_is_told_after_the_last_event() {
    let buffer = buffer(10_000, 10);
    let mut cursor = buffer.cursor(0).unwrap();

    buffer.publish(event(1));
    buffer.end(Ending::Finished);

    let mut frames = Vec::new();
    assert!(matches!(
        buffer.read(&mut cursor, &buffer.base, &mut frames),
        Some(Step::Frames)
    ));

    frames.clear();
    assert!(matches!(
        buffer.read(&mut cursor, &buffer.base, &mut frames),
        Some(Step::Ended(Ending::Finished))
    ));
}

#[test]
fn links_are_made_for_the_base_of_each_watcher_and_everything_else_is_shared() {
    let buffer = buffer(10_000, 10);
    let complete = r#"{"audio_key":"a.mp3","audio_chunk_keys":[],"duration_seconds":1}"#;

    buffer.publish(event(1));
    buffer.publish(RunEvent {
        number: 2,
        kind: "complete".into(),
        data: complete.into(),
        graph: "code_story".into(),
        ..RunEvent::default()
    });

    let texts = |base: &str| {
        let mut frames = Vec::new();
        buffer.read(
            &mut buffer.cursor(0).unwrap(),
            &PublicBase(base.into()),
            &mut frames,
        );
        frames.iter().map(Frame::text).collect::<Vec<_>>()
    };
    let (own, other) = (texts("https://saga.example"), texts("http://127.0.0.1:8000"));

    assert_eq!(
        own[0].as_str().as_ptr(),
        other[0].as_str().as_ptr(),
        "the same bytes"
    );
    assert!(own[1].contains("https://saga.example/media/"));
    assert!(other[1].contains("http://127.0.0.1:8000/media/"));
}

#[test]
fn an_event_that_is_not_json_is_left_out() {
    let buffer = buffer(10_000, 10);
    let mut cursor = buffer.cursor(0).unwrap();

    buffer.publish(RunEvent {
        number: 1,
        kind: "log".into(),
        data: "{".into(),
        ..RunEvent::default()
    });
    buffer.publish(event(2));

    assert_eq!(read(&buffer, &mut cursor), ["2"]);
}
