//! .NET: project files, package specifications, lists of packages.

use super::{Facts, Needed, Problem, xml::walk};
use crate::analysis::model::DependencyScope as Scope;

type Attributes = [(String, String)];

fn attribute(attributes: &Attributes, key: &str) -> Option<String> {
    attributes
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| value.clone())
}

fn one_line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

pub(super) fn project(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let mut version = None;
    walk(text, |path, attributes, text| {
        let inside = path.iter().rev().nth(1).map_or("", String::as_str);
        match path.last().map(String::as_str) {
            Some("PackageReference") => {
                if let Some(name) = attribute(attributes, "Include") {
                    let version = attribute(attributes, "Version").or(version.take());
                    facts
                        .dependencies
                        .push(Needed::new(name, version, Scope::Runtime));
                }
            }
            Some("Version") if inside == "PackageReference" => version = one_line(text),
            Some("ProjectReference") => {
                let name = attribute(attributes, "Include").map(|path| path.replace('\\', "/"));
                let name = name.as_deref().and_then(|path| path.rsplit('/').next());

                if let Some(name) = name {
                    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
                    facts.dependencies.push(Needed {
                        internal: true,
                        ..Needed::new(name, None, Scope::Runtime)
                    });
                }
            }
            Some("Description") => facts.manifest.description = one_line(text),
            Some("Version") if path.len() == 3 => facts.manifest.version = one_line(text),
            Some("PackageLicenseExpression") => facts.manifest.licence = one_line(text),
            Some("PackageId") => facts.manifest.name = one_line(text).filter(|name| !name.contains('$')),
            Some("TargetFramework") => facts.manifest.requires.extend(one_line(text)),
            _ => {}
        }
    })?;

    let file = facts.manifest.path.rsplit('/').next();
    let named = file
        .and_then(|name| name.rsplit_once('.'))
        .map(|(name, _)| name.to_owned());
    facts.manifest.name = facts.manifest.name.take().or(named);

    Ok(())
}

pub(super) fn nuspec(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    walk(text, |path, attributes, text| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["package", "metadata", "id"] => {
                facts.manifest.name = one_line(text).filter(|name| !name.contains('$'))
            }
            ["package", "metadata", "version"] => {
                facts.manifest.version = one_line(text).filter(|version| !version.contains('$'));
            }
            ["package", "metadata", "description"] => facts.manifest.description = one_line(text),
            ["package", "metadata", "license"]
                if attribute(attributes, "type").as_deref() == Some("expression") =>
            {
                facts.manifest.licence = one_line(text);
            }
            ["package", "metadata", "tags"] => {
                facts.manifest.keywords = text.split_whitespace().map(str::to_owned).collect();
            }
            ["package", "metadata", "dependencies", .., "dependency"] => {
                if let Some(name) = attribute(attributes, "id") {
                    let version = attribute(attributes, "version");
                    facts
                        .dependencies
                        .push(Needed::new(name, version, Scope::Runtime));
                }
            }
            _ => {}
        }
    })
}

/// `packages.config`, and the versions that all projects of a solution share.
pub(super) fn packages(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    walk(text, |path, attributes, _| {
        match path.last().map(String::as_str) {
            Some("package") => {
                if let Some(name) = attribute(attributes, "id") {
                    let version = attribute(attributes, "version");
                    facts
                        .dependencies
                        .push(Needed::new(name, version, Scope::Runtime));
                }
            }
            Some("PackageVersion") => {
                if let (Some(name), Some(version)) =
                    (attribute(attributes, "Include"), attribute(attributes, "Version"))
                {
                    facts.shared_versions.insert(name, version);
                }
            }
            _ => {}
        }
    })
}
