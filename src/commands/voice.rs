//! `saga voice list|try`: who can speak here, and how it sounds, without a story.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use agent_svc::voice::{self, VoiceConfig, VoiceName};
use kit::telemetry;

use super::Failure;
use crate::{
    cli::{Global, VoiceAction, VoiceTryArgs},
    config,
};

pub(crate) async fn run(global: &Global, action: &VoiceAction) -> Result<ExitCode, Failure> {
    let loaded = config::load(global)?;
    let mut config = loaded.config;
    if loaded.effective.origin("telemetry.log").is_none() {
        config.telemetry.log = "error".to_owned();
    }

    let _telemetry = telemetry::init(&config.telemetry, false)?;
    crate::ignored::keep_out_of_git(&config.data_dir)?;

    match action {
        VoiceAction::List { json } => list(&config.voice, &config.data_dir, *json),
        VoiceAction::Try(args) => {
            if let Some(piper) = &args.piper {
                config.voice.piper.clone_from(piper);
            }

            speak(config.voice, config.data_dir, args).await
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn list(config: &VoiceConfig, data_dir: &std::path::Path, json: bool) -> Result<ExitCode, Failure> {
    let speakers = voice::speakers(config, data_dir)?;
    let engine = speakers.engine;
    if json {
        let names: serde_json::Map<_, _> = speakers
            .names
            .iter()
            .map(|(name, speaker)| (name.as_str().to_owned(), speaker.as_str().into()))
            .collect();
        println!("{:#}", serde_json::json!({ "engine": engine, "voices": names }));
        return Ok(ExitCode::SUCCESS);
    }

    println!("{engine} speaks here.");
    println!();
    for (name, speaker) in speakers.names {
        println!("{:>10}  {speaker}", name.as_str());
    }

    println!();
    println!(
        "A Piper voice speaks when its `.onnx` and `.onnx.json` lie in {}, or when `--piper` names it.",
        data_dir.join("voices").display()
    );

    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
async fn speak(config: VoiceConfig, data_dir: PathBuf, args: &VoiceTryArgs) -> Result<ExitCode, Failure> {
    let engine = tokio::task::spawn_blocking(move || voice::build(&config, &data_dir)).await??;
    let name: VoiceName = args.voice;
    let mut pieces = Vec::new();
    for text in voice::pieces(&args.text, engine.limit()) {
        pieces.push(engine.speak(&text, name).await?.mp3);
    }

    let mp3 = voice::Mp3::join(&pieces)?;
    std::fs::write(&args.out, mp3.bytes())
        .map_err(|error| format!("could not write `{}`: {error}", args.out.display()))?;

    let length = Duration::from_secs(mp3.seconds().round() as u64);
    println!(
        "{} spoke for {} s: {}",
        name.as_str(),
        length.as_secs(),
        args.out.display()
    );

    Ok(ExitCode::SUCCESS)
}
