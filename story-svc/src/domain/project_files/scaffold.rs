//! The files of a project that the server owns, made of what the project says of itself and kept with each revision.

use std::collections::BTreeMap;

use ::scaffold::{Feature, PATHS, ScaffoldSpec, write_scaffold};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::digest_of;
use crate::domain::project::Project;
use crate::error::StoryError;

/// A file as a revision names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) struct ScaffoldFile {
    pub(in crate::domain) path: String,
    pub(in crate::domain) digest: String,
    pub(super) bytes: u32,
}

#[derive(Serialize, Deserialize)]
struct KeptFile {
    digest: String,
    bytes: u32,
}

/// Digest and content of each file.
type Contents = Vec<(String, String)>;

/// As a revision keeps it, and its contents.
pub(super) fn make_scaffold(project: &Project, paths: &[String]) -> Result<(String, Contents), StoryError> {
    let spec = ScaffoldSpec {
        title: project.title.clone(),
        description: project.description.clone(),
        features: read_features(project.requirements_spec.as_deref()),
        readme: project.readme.clone(),
        dependencies: project.dependencies.clone(),
        paths: paths.to_vec(),
    };
    let mut kept = BTreeMap::new();
    let mut contents = Contents::new();
    for (path, content) in write_scaffold(&spec) {
        let digest = digest_of(&content);
        let bytes = u32::try_from(content.len()).unwrap_or(u32::MAX);
        kept.insert(
            path,
            KeptFile {
                digest: digest.clone(),
                bytes,
            },
        );
        contents.push((digest, content));
    }

    let text = serde_json::to_string(&kept).map_err(unreadable)?;
    Ok((text, contents))
}

/// By path.
pub(in crate::domain) fn read_scaffold(text: &str) -> Result<Vec<ScaffoldFile>, StoryError> {
    let kept: BTreeMap<String, KeptFile> = serde_json::from_str(text).map_err(unreadable)?;

    Ok(kept
        .into_iter()
        .map(|(path, file)| ScaffoldFile {
            path,
            digest: file.digest,
            bytes: file.bytes,
        })
        .collect())
}

/// Whether the server owns what lies there.
pub(super) fn is_scaffold(path: &str) -> bool {
    PATHS.iter().any(|owned| owned.eq_ignore_ascii_case(path))
}

/// The same id for the same file of the same project.
pub(super) fn name_file(project: Uuid, path: &str) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(project.as_bytes()).update(path.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);

    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Of a RequirementsDoc.
fn read_features(requirements: Option<&str>) -> Vec<Feature> {
    let document: Value = requirements
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let features = document["core_features"].as_array().into_iter().flatten();

    features
        .map(|feature| Feature {
            name: feature["name"].as_str().unwrap_or_default().to_owned(),
            description: feature["description"].as_str().unwrap_or_default().to_owned(),
        })
        .filter(|feature| !feature.name.is_empty())
        .collect()
}

fn unreadable(source: serde_json::Error) -> StoryError {
    StoryError::Unreadable {
        what: "scaffold",
        source: source.into(),
    }
}
