//! What runs kept before these types were one: checkpoints and journals of older builds are read on.

use serde_json::json;

use super::*;

#[test]
fn an_intent_and_an_outline_of_an_older_checkpoint_are_read() {
    let intent = json!({
        "focus_areas": ["routing"], "repo_url": "https://github.com/a/b", "repo_owner": "a", "repo_name": "b",
        "technical_depth": "expert", "style": "podcast", "duration_minutes": 10, "custom_instructions": null,
        "voice": "Bella", "later": "a field of another build",
    });
    let intent: IntentResult = serde_json::from_value(intent).unwrap();
    assert_eq!(intent.technical_depth, TechnicalDepth::Advanced);
    assert_eq!(intent.voice, Some(Voice::Bella));

    let outline = json!({
        "title": "T", "summary": "S",
        "chapters": [{ "title": "A", "purpose": "P", "files": ["a.rs"], "target_seconds": 60 }],
    });
    let outline: Outline = serde_json::from_value(outline.clone()).unwrap();
    assert_eq!(outline.chapters[0].target_seconds, 60);
}

#[test]
fn a_chapter_of_an_older_checkpoint_has_its_times_as_fractions() {
    let chapter = json!({
        "title": "A", "content": "Words.", "files": [], "duration_seconds": 100.0, "timestamp_start": 0.0,
        "code_examples": [{ "path": "a.rs", "language": "rust", "code": "x()", "note": "" }],
    });
    let chapter: Chapter = serde_json::from_value(chapter).unwrap();
    assert_eq!((chapter.duration_seconds, chapter.timestamp_start), (100, 0));

    let written = serde_json::to_value(&chapter).unwrap();
    assert_eq!(written["duration_seconds"], json!(100));
}

#[test]
fn a_run_keeps_of_an_analysis_which_one_it_is() {
    let answer = AnalyzerOutput {
        analysis: AnalysisResult {
            repo_metadata: Map::new(),
            file_structure: Map::new(),
            key_files: BTreeMap::new(),
            dependencies: Vec::new(),
            architecture_patterns: Vec::new(),
            tech_stack: Vec::new(),
            complexity_score: 0.5,
            suggested_chapters: Vec::new(),
        },
        analyzed: Analyzed {
            commit: "abc".to_owned(),
            analysis_key: "analysis/h/o/r/abc.v1.json.zst".to_owned(),
            files_analyzed: 3,
        },
        repo_name: "o/r".to_owned(),
    };
    let answer = serde_json::to_value(&answer).unwrap();
    assert_eq!(answer["analysis_key"], "analysis/h/o/r/abc.v1.json.zst");

    let kept: Analyzed = serde_json::from_value(answer).unwrap();
    assert_eq!(
        serde_json::to_value(&kept).unwrap(),
        json!({ "commit": "abc", "analysis_key": "analysis/h/o/r/abc.v1.json.zst", "files_analyzed": 3 })
    );
}
