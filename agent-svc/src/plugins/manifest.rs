//! `agent.toml` of a plug-in, read and checked.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use kit::actor::Tier;
use proto::tasks::adiuva::PlanActionKind;
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::{Plugin, PluginProblem, PluginTool};
use crate::llm::ToolSpec;
use crate::registry::AgentSchema;

const MANIFEST: &str = "agent.toml";
/// Characters of names, descriptions and prompts, and how many prompts and tools there may be.
const NAME: usize = 64;
const DESCRIPTION: usize = 500;
const PROMPT_BYTES: u64 = 64 * 1024;
const PROMPTS: usize = 16;
const TOOLS: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: Spanned<String>,
    description: Spanned<String>,
    least_tier: Option<Spanned<String>>,
    model_class: Option<Spanned<String>>,
    prompts: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    tools: Vec<Spanned<ToolEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolEntry {
    name: Spanned<String>,
    description: Spanned<String>,
    action: PlanActionKind,
    table: Option<Spanned<String>>,
    parameters: Spanned<Value>,
}

/// A plug-in, and where its name stands.
pub(super) struct ReadPlugin {
    pub(super) plugin: Plugin,
    name_at: PluginProblem,
}

impl ReadPlugin {
    /// Why it can't stand beside agents of these names.
    pub(super) fn find_collision(&self, names: &[String]) -> Option<PluginProblem> {
        let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let own = short(self.plugin.name);
        let taken = names.iter().find(|name| short(name) == own)?;

        Some(PluginProblem {
            message: format!(
                "the name `{}` collides with the agent `{taken}`: the part behind the last dot must be nobody else's",
                self.plugin.name
            ),
            ..self.name_at.clone()
        })
    }
}

/// Reads the plug-in of a folder.
pub(super) fn read(folder: &Path) -> Result<ReadPlugin, Vec<PluginProblem>> {
    let file = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&file)
        .map_err(|error| vec![PluginProblem::of_file(&file, format!("can't be read: {error}"))])?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![PluginProblem::locate(&file, &text, &span, error.message())]
    })?;

    let mut check = Check {
        file: &file,
        text: &text,
        problems: Vec::new(),
    };
    let plugin = check.plugin(folder, &manifest);
    match (plugin, check.problems) {
        (Some(plugin), problems) if problems.is_empty() => Ok(ReadPlugin {
            plugin,
            name_at: PluginProblem::locate(&file, &text, &manifest.name.span(), ""),
        }),
        (_, problems) => Err(problems),
    }
}

/// Gathers what is wrong with one file.
struct Check<'a> {
    file: &'a Path,
    text: &'a str,
    problems: Vec<PluginProblem>,
}

impl Check<'_> {
    fn tell(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.problems
            .push(PluginProblem::locate(self.file, self.text, span, message));
    }

    fn expect(&mut self, holds: bool, span: &Range<usize>, message: impl Into<String>) {
        if !holds {
            self.tell(span, message);
        }
    }

    /// The plug-in, as far as it is right.
    fn plugin(&mut self, folder: &Path, manifest: &Manifest) -> Option<Plugin> {
        let name = manifest.name.get_ref();
        let is_name = name.contains('.') && name.split('.').all(is_word) && name.len() <= NAME;
        self.expect(
            is_name,
            &manifest.name.span(),
            format!("`name`: expected a namespace and a name, such as `crm.leads`: small letters, digits and `_`, at most {NAME}"),
        );
        self.description(&manifest.description);
        let least_tier = self.tier(manifest.least_tier.as_ref());
        let model_class = self.model_class(name, manifest.model_class.as_ref());
        let prompts = self.prompts(folder, &manifest.prompts);
        let tools = self.tools(&manifest.tools);

        Some(Plugin {
            // Plug-ins are read once for a process, so that their names live as long as those in the program.
            name: String::leak(name.clone()),
            description: String::leak(manifest.description.get_ref().trim().to_owned()),
            least_tier: least_tier?,
            model_class,
            prompts,
            tools,
        })
    }

    fn description(&mut self, description: &Spanned<String>) {
        let length = description.get_ref().trim().chars().count();
        self.expect(
            (1..=DESCRIPTION).contains(&length),
            &description.span(),
            format!("`description`: expected 1 to {DESCRIPTION} characters"),
        );
    }

    fn tier(&mut self, tier: Option<&Spanned<String>>) -> Option<Tier> {
        let Some(tier) = tier else {
            return Some(Tier::Free);
        };
        let read = tier.get_ref().parse().ok();
        self.expect(
            read.is_some(),
            &tier.span(),
            "`least_tier`: expected free, pro, power or team",
        );
        read
    }

    /// Its own name when nothing is said, so that a route may be given to it; without one it has the default route.
    fn model_class(&mut self, name: &str, class: Option<&Spanned<String>>) -> String {
        let Some(class) = class else {
            return name.to_owned();
        };
        let words = class.get_ref();
        self.expect(
            words.split('.').all(is_word),
            &class.span(),
            "`model_class`: expected a class of `[models.routes]`, such as `adiuva`",
        );
        words.clone()
    }

    fn prompts(&mut self, folder: &Path, prompts: &Spanned<Vec<Spanned<String>>>) -> Vec<String> {
        let files = prompts.get_ref();
        self.expect(
            (1..=PROMPTS).contains(&files.len()),
            &prompts.span(),
            format!("`prompts`: expected 1 to {PROMPTS} names of files beside {MANIFEST}"),
        );

        let mut read = Vec::new();
        for file in files {
            match read_prompt(folder, file.get_ref()) {
                Ok(text) => read.push(text),
                Err(problem) => self.tell(&file.span(), format!("`prompts`: {problem}")),
            }
        }
        read
    }

    fn tools(&mut self, entries: &[Spanned<ToolEntry>]) -> Vec<PluginTool> {
        let mut tools: Vec<PluginTool> = Vec::new();
        for entry in entries {
            if tools.len() == TOOLS {
                self.tell(&entry.span(), format!("expected at most {TOOLS} tools"));
                break;
            }

            let tool = entry.get_ref();
            let is_new = tools.iter().all(|known| known.spec.name != *tool.name.get_ref());
            self.expect(is_new, &tool.name.span(), "`name`: another tool has it already");
            tools.push(self.tool(entry.span(), tool));
        }
        tools
    }

    fn tool(&mut self, span: Range<usize>, tool: &ToolEntry) -> PluginTool {
        let name = tool.name.get_ref();
        self.expect(
            is_word(name) && name.len() <= NAME,
            &tool.name.span(),
            "`name`: expected small letters, digits and `_`, such as `create_lead`",
        );
        self.description(&tool.description);
        self.table(span, tool);
        let parameters = tool.parameters.get_ref();
        if let Err(problem) = check_parameters(parameters) {
            self.tell(&tool.parameters.span(), format!("`parameters`: {problem}"));
        }

        PluginTool {
            spec: ToolSpec {
                name: name.clone(),
                description: tool.description.get_ref().trim().to_owned(),
                schema: parameters.clone(),
            },
            arguments: AgentSchema::new(parameters.clone()),
            action: tool.action,
            table: tool.table.as_ref().map(|table| table.get_ref().clone()),
        }
    }

    /// Records are in a table; documents and notifications are not.
    fn table(&mut self, span: Range<usize>, tool: &ToolEntry) {
        let needs_table = match tool.action {
            PlanActionKind::CreateRecord | PlanActionKind::UpdateRecord | PlanActionKind::DeleteRecord => {
                true
            }
            PlanActionKind::IndexDocument | PlanActionKind::SendNotification => false,
        };

        match &tool.table {
            Some(table) if needs_table => self.expect(
                is_word(table.get_ref()) && table.get_ref().len() <= NAME,
                &table.span(),
                "`table`: expected a name of small letters, digits and `_`",
            ),
            Some(table) => self.tell(&table.span(), "`table`: this action has none"),
            None if needs_table => self.tell(
                &span,
                "`table`: expected the client's table that this action is for",
            ),
            None => {}
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The schema of an object, which a validator takes and which refers to nothing outside of itself.
fn check_parameters(schema: &Value) -> Result<(), String> {
    if schema.get("type") != Some(&json!("object")) {
        return Err("expected a JSON Schema of `type = \"object\"`".to_owned());
    }
    if refers_outside(schema) {
        return Err("expected a JSON Schema whose `$ref`s stay in it, such as `#/$defs/name`".to_owned());
    }

    let valid = jsonschema::meta::validate(schema)
        .map_err(|error| format!("expected a JSON Schema: at `{}` {error}", error.instance_path()));
    valid?;
    jsonschema::validator_for(schema)
        .map(drop)
        .map_err(|error| format!("expected a JSON Schema: {error}"))
}

fn refers_outside(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(name, value)| match (name.as_str(), value) {
            ("$ref" | "$dynamicRef", Value::String(place)) => !place.starts_with('#'),
            _ => refers_outside(value),
        }),
        Value::Array(items) => items.iter().any(refers_outside),
        _ => false,
    }
}

/// A prompt: text beside the manifest, and nowhere else.
fn read_prompt(folder: &Path, name: &str) -> Result<String, String> {
    let is_beside = matches!(
        Path::new(name).components().collect::<Vec<_>>().as_slice(),
        [Component::Normal(_)]
    );
    if !is_beside {
        return Err(format!("`{name}`: expected the name of a file beside {MANIFEST}"));
    }

    let unreadable = |error: std::io::Error| format!("`{name}` can't be read: {error}");
    let file: PathBuf = folder.join(name);
    let about = std::fs::symlink_metadata(&file).map_err(unreadable)?;
    if !about.is_file() || about.len() > PROMPT_BYTES {
        return Err(format!(
            "`{name}`: expected a file of at most {PROMPT_BYTES} bytes, no link"
        ));
    }

    let text = std::fs::read_to_string(&file).map_err(unreadable)?;
    match text.trim().is_empty() {
        true => Err(format!("`{name}` is empty")),
        false => Ok(text.trim().to_owned()),
    }
}
