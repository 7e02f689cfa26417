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
fn every_choice_is_kept_and_what_was_not_given_has_a_default() {
    for style in Style::ALL {
        let chosen = RawCodeRequest {
            style: Some(style),
            ..raw()
        };
        assert_eq!(CodeRequest::parse(chosen, &policy()).unwrap().style, style);
    }
    for voice in Voice::ALL {
        let chosen = RawCodeRequest {
            voice: Some(voice),
            ..raw()
        };
        assert_eq!(CodeRequest::parse(chosen, &policy()).unwrap().voice, voice);
    }
    for depth in TechnicalDepth::ALL {
        let chosen = RawCodeRequest {
            technical_depth: Some(depth),
            ..raw()
        };
        let parsed = CodeRequest::parse(chosen, &policy()).unwrap();
        assert_eq!(parsed.technical_depth, depth);
    }
    for minutes in Minutes::ALL {
        let chosen = RawCodeRequest {
            duration_minutes: Some(minutes.get()),
            ..raw()
        };
        let parsed = CodeRequest::parse(chosen, &policy()).unwrap();
        assert_eq!(parsed.duration_minutes, minutes);
    }

    let plain = CodeRequest::parse(raw(), &policy()).unwrap();

    assert_eq!((plain.style, plain.voice), (Style::Documentary, Voice::Rachel));
    assert_eq!(plain.technical_depth, TechnicalDepth::Intermediate);
    assert_eq!(plain.duration_minutes.get(), 10);
}

#[test]
fn other_minutes_are_refused() {
    for minutes in [0, 1, 4, 6, 7, 21, u32::MAX] {
        let asked = RawCodeRequest {
            duration_minutes: Some(minutes),
            ..raw()
        };

        let faults = CodeRequest::parse(asked, &policy()).unwrap_err();

        assert_eq!(faults[0].field, "duration_minutes", "{minutes}");
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
}

#[test]
fn a_key_that_does_not_fit_is_a_fault_of_its_field() {
    for wrong in ["", "é", "a\nb"] {
        let fault = parse_idempotency_key(Some(wrong.to_owned())).unwrap_err();
        assert_eq!(fault.field, "idempotency_key", "{wrong:?}");
    }
    assert_eq!(
        parse_idempotency_key(Some("k".to_owned())).unwrap().as_deref(),
        Some("k")
    );
    assert_eq!(parse_idempotency_key(None).unwrap(), None);
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
