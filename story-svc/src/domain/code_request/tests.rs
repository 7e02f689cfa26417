//! What is taken and what is refused, field by field.

use super::*;

fn policy() -> SourcePolicy {
    SourcePolicy {
        allow_hosts: vec!["github.com".to_owned()],
        allow_private: false,
        allow_local: false,
    }
}

fn raw() -> RawCodeRequest {
    RawCodeRequest {
        repo_url: "https://github.com/expressjs/express".to_owned(),
        ..RawCodeRequest::default()
    }
}

#[test]
fn every_allowed_value_is_taken_and_stored_as_clients_write_it() {
    for style in Style::ALL {
        let parsed = CodeRequest::parse(
            RawCodeRequest {
                style: style.name().to_owned(),
                ..raw()
            },
            &policy(),
        );

        assert_eq!(parsed.unwrap().style, style);
        assert_eq!(serde_json::to_value(style).unwrap(), style.name());
    }

    for voice in Voice::ALL {
        let parsed = CodeRequest::parse(
            RawCodeRequest {
                voice: voice.name().to_owned(),
                ..raw()
            },
            &policy(),
        );

        assert_eq!(parsed.unwrap().voice, voice);
        assert_eq!(serde_json::to_value(voice).unwrap(), voice.name());
    }

    for depth in TechnicalDepth::ALL {
        let named = RawCodeRequest {
            technical_depth: depth.name().to_owned(),
            ..raw()
        };

        assert_eq!(
            CodeRequest::parse(named, &policy()).unwrap().technical_depth,
            depth
        );
        assert_eq!(serde_json::to_value(depth).unwrap(), depth.name());
    }

    for minutes in MINUTES {
        let parsed = CodeRequest::parse(
            RawCodeRequest {
                duration_minutes: minutes,
                ..raw()
            },
            &policy(),
        );
        assert_eq!(parsed.unwrap().duration_minutes, minutes);
    }
}

#[test]
fn other_minutes_and_other_spellings_are_refused() {
    for minutes in [1, 4, 6, 7, 21, u32::MAX] {
        let faults = CodeRequest::parse(
            RawCodeRequest {
                duration_minutes: minutes,
                ..raw()
            },
            &policy(),
        );
        assert_eq!(faults.unwrap_err()[0].field, "duration_minutes", "{minutes}");
    }

    for style in ["Documentary", " podcast", "podcast\0", "🙂"] {
        let faults = CodeRequest::parse(
            RawCodeRequest {
                style: style.to_owned(),
                ..raw()
            },
            &policy(),
        );
        assert_eq!(faults.unwrap_err()[0].field, "style", "{style:?}");
    }
}

#[test]
fn lengths_count_characters_not_bytes() {
    let areas = vec!["é".repeat(100)];
    assert!(
        CodeRequest::parse(
            RawCodeRequest {
                focus_areas: areas,
                ..raw()
            },
            &policy()
        )
        .is_ok()
    );

    assert!(parse_idempotency_key(&"é".repeat(255)).is_ok());
    assert!(parse_idempotency_key(&"é".repeat(256)).is_err());
    assert!(parse_idempotency_key("a\nb").is_err());
    assert_eq!(parse_idempotency_key("").unwrap(), None);
}

#[test]
fn a_git_suffix_stays_for_fetching_and_goes_from_the_name() {
    let with = RawCodeRequest {
        repo_url: "https://github.com/expressjs/express.git/".to_owned(),
        ..raw()
    };
    let request = CodeRequest::parse(with, &policy()).unwrap();
    assert_eq!(request.repo_name, "expressjs/express");
    assert_eq!(request.repo_url, "https://github.com/expressjs/express.git");
}
