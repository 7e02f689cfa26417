//! The Repo Analyzer: fetches a repository, learns its facts natively, and keeps them by commit. A model may read them
//! and suggest chapters; it never adds a fact.

mod reading;
mod tools;

use std::pin::pin;
use std::sync::Arc;

use kit::actor::Tier;
use kit::sources::RepoUrl;
use serde_json::json;
use tokio::sync::mpsc;

use self::reading::Reading;
pub(super) use self::reading::find_reading;
use super::{CodeStoryTools, prompts};
use proto::tasks::Level;
use proto::tasks::code_story::{self as tasks, ANALYZER, AnalyzerInput, AnalyzerOutput, Speaker};
use repo::analysis::Analysis;

use crate::agent_context::AgentContext;
use crate::analysis::Analyzed;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: ANALYZER,
    description: "Repo Analyzer: learns the facts of a repository at its newest commit.",
    least_tier: Tier::Free,
};

pub(super) fn agent(tools: Arc<CodeStoryTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS)
        .with_tools(&tools::specs())
        .with_answer::<Reading>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeStoryTools,
    desk: &AgentContext,
    input: AnalyzerInput,
) -> Result<Answer<AnalyzerOutput>, AgentError> {
    let url = RepoUrl::parse(&input.repo_url, &tools.engines.sources)?;
    let Analyzed {
        analysis,
        key,
        cached,
    } = analyze(tools, desk, &url).await?;
    let analysis = tools.analyses.remember(&key, analysis);
    if !cached {
        say_findings(desk, &analysis).await;
    }

    let mut result = analysis.result();
    let by_model = tools.engines.models.available(desk);
    if by_model {
        let reading = reading::read(tools, desk, &key, &analysis, &input.focus_areas).await?;
        result.suggested_chapters = reading
            .chapters
            .into_iter()
            .map(|chapter| chapter.title)
            .collect();
    }

    let output = AnalyzerOutput {
        analysis: result,
        analyzed: tasks::Analyzed {
            commit: analysis.repo.commit.clone(),
            analysis_key: key,
            files_analyzed: analysis.files_analyzed,
        },
        repo_name: url.name(),
    };

    Ok(Answer {
        output,
        offline: !by_model,
    })
}

/// The analysis of the newest commit, with every step told as it is taken.
async fn analyze(tools: &CodeStoryTools, desk: &AgentContext, url: &RepoUrl) -> Result<Analyzed, AgentError> {
    let _place = tools
        .analyses_at_once
        .acquire()
        .await
        .map_err(|_| AgentError::Broken)?;

    let (tell, mut told) = mpsc::unbounded_channel::<String>();
    let progress = Arc::new(move |step: &str| {
        // A step that nobody hears of is still a step.
        let _ = tell.send(step.to_owned());
    });
    let mut work = pin!(tools.analyzer.analyze(url, progress, &desk.cancel));
    let analyzed = loop {
        tokio::select! {
            biased;
            Some(step) = told.recv() => desk.log(Speaker::Analyzer, step).await,
            analyzed = &mut work => break analyzed,
        }
    };

    while let Ok(step) = told.try_recv() {
        desk.log(Speaker::Analyzer, step).await;
    }

    Ok(analyzed?)
}

/// What was found, tool by tool.
async fn say_findings(desk: &AgentContext, analysis: &Analysis) {
    let details = json!({
        "tool": "run_repomix",
        "files": analysis.files_analyzed,
        "lines_of_code": analysis.totals.code,
        "languages": analysis.languages.iter().take(5).map(|language| &language.name).collect::<Vec<_>>(),
    });

    desk.log_with(
        Speaker::Analyzer,
        format!("Read {} files", analysis.files_analyzed),
        details,
        Level::Info,
    )
    .await;

    if let Some(github) = &analysis.github {
        let details = json!({"tool": "fetch_github_metadata", "stars": github.stars, "forks": github.forks});
        desk.log_with(
            Speaker::Analyzer,
            format!("GitHub counts {} stars", github.stars),
            details,
            Level::Info,
        )
        .await;
    }

    let details = json!({"tool": "read_key_files", "files": analysis.key_files.iter().take(8).map(|file| &file.path).collect::<Vec<_>>()});
    let action = format!("Chose {} key files", analysis.key_files.len());
    desk.log_with(Speaker::Analyzer, action, details, Level::Info)
        .await;

    let details = json!({"tool": "analyze_dependencies", "tech_stack": analysis.tech_stack.iter().take(10).collect::<Vec<_>>()});
    let action = format!("Found {} dependencies", analysis.dependencies.len());
    desk.log_with(Speaker::Analyzer, action, details, Level::Info)
        .await;

    let patterns: Vec<&str> = analysis
        .architecture_patterns
        .iter()
        .map(|pattern| pattern.name.as_str())
        .collect();

    let action = match patterns.as_slice() {
        [] => "Recognised no architecture pattern".to_owned(),
        names => format!("Recognised {}", names.join(", ")),
    };
    let details = json!({"tool": "identify_architecture", "patterns": patterns, "complexity": analysis.complexity.label()});
    desk.log_with(Speaker::Analyzer, action, details, Level::Info)
        .await;
}
