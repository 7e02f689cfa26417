//! What is told of each material, in which order, and how much of the time each topic may take.

use super::Topic::{
    self, Call, Caveats, Contents, Decisions, Declared, Dependencies, End, Features, Focus, Growth, How,
    Parts, Promises, Start, Structures, Usage, What,
};
use crate::analysis::model::Material;

/// A topic with its weight: its share of the time is its weight of the sum of those that have something to tell.
pub(super) type Weighted = (Topic, f64);

/// The topics of a material in their order.
pub(in crate::author) fn order(material: Material) -> &'static [Weighted] {
    match material {
        Material::Library => &LIBRARY,
        Material::Tool => &TOOL,
        Material::Server => &SERVER,
        Material::WebApplication => &WEB_APPLICATION,
        Material::Game => &GAME,
        Material::Infrastructure => &INFRASTRUCTURE,
        Material::Documents => &DOCUMENTS,
        Material::Data => &DATA,
        Material::Configuration => &CONFIGURATION,
        Material::Teaching => &TEACHING,
        Material::Firmware => &FIRMWARE,
    }
}

const LIBRARY: [Weighted; 17] = [
    (What, 4.0),
    (Focus, 0.0),
    (Usage, 1.8),
    (Call, 2.6),
    (How, 1.8),
    (Features, 2.4),
    (Structures, 0.6),
    (Decisions, 1.7),
    (Caveats, 0.9),
    (Declared, 0.3),
    (Contents, 0.5),
    (Parts, 0.8),
    (Dependencies, 0.5),
    (Promises, 0.6),
    (Growth, 0.9),
    (Start, 1.2),
    (End, 0.2),
];

const TOOL: [Weighted; 17] = [
    (What, 4.0),
    (Focus, 0.0),
    (Features, 2.6),
    (Usage, 1.5),
    (Declared, 0.6),
    (Call, 2.4),
    (How, 1.8),
    (Decisions, 1.8),
    (Structures, 0.5),
    (Caveats, 0.9),
    (Contents, 0.5),
    (Parts, 0.7),
    (Dependencies, 0.4),
    (Promises, 0.5),
    (Growth, 0.9),
    (Start, 1.2),
    (End, 0.2),
];

const SERVER: [Weighted; 17] = [
    (What, 4.0),
    (Focus, 0.0),
    (How, 2.0),
    (Call, 2.8),
    (Structures, 0.9),
    (Features, 2.4),
    (Decisions, 1.7),
    (Contents, 0.7),
    (Parts, 0.8),
    (Usage, 1.0),
    (Declared, 0.4),
    (Caveats, 0.6),
    (Dependencies, 0.4),
    (Promises, 0.6),
    (Growth, 0.9),
    (Start, 1.2),
    (End, 0.2),
];

const WEB_APPLICATION: [Weighted; 17] = [
    (What, 4.0),
    (Focus, 0.0),
    (Features, 2.6),
    (Declared, 0.5),
    (Call, 2.4),
    (Structures, 0.7),
    (How, 1.3),
    (Dependencies, 0.8),
    (Parts, 0.9),
    (Usage, 0.8),
    (Contents, 0.5),
    (Decisions, 1.0),
    (Caveats, 0.5),
    (Promises, 0.5),
    (Growth, 0.6),
    (Start, 1.3),
    (End, 0.2),
];

const GAME: [Weighted; 16] = [
    (What, 3.4),
    (Focus, 0.0),
    (Usage, 1.6),
    (Call, 3.2),
    (Structures, 1.0),
    (Features, 1.6),
    (How, 1.4),
    (Decisions, 1.2),
    (Parts, 1.0),
    (Contents, 0.5),
    (Caveats, 1.0),
    (Dependencies, 0.3),
    (Promises, 0.5),
    (Growth, 0.8),
    (Start, 1.0),
    (End, 0.2),
];

const INFRASTRUCTURE: [Weighted; 15] = [
    (What, 3.4),
    (Focus, 0.0),
    (Contents, 1.0),
    (Declared, 2.0),
    (How, 1.4),
    (Features, 1.8),
    (Decisions, 1.6),
    (Usage, 1.6),
    (Caveats, 1.2),
    (Parts, 0.4),
    (Call, 0.4),
    (Promises, 0.4),
    (Growth, 0.7),
    (Start, 1.2),
    (End, 0.2),
];

const DOCUMENTS: [Weighted; 12] = [
    (What, 3.0),
    (Focus, 0.0),
    (Features, 1.4),
    (How, 1.4),
    (Contents, 4.0),
    (Decisions, 1.8),
    (Usage, 0.9),
    (Caveats, 1.2),
    (Parts, 0.3),
    (Growth, 0.9),
    (Start, 0.6),
    (End, 0.2),
];

const DATA: [Weighted; 16] = [
    (What, 3.4),
    (Focus, 0.0),
    (Contents, 1.6),
    (Declared, 1.6),
    (How, 1.6),
    (Features, 1.2),
    (Call, 1.2),
    (Decisions, 1.2),
    (Caveats, 1.0),
    (Usage, 0.8),
    (Structures, 0.4),
    (Parts, 0.4),
    (Dependencies, 0.5),
    (Growth, 0.5),
    (Start, 1.0),
    (End, 0.2),
];

const CONFIGURATION: [Weighted; 15] = [
    (What, 2.8),
    (Focus, 0.0),
    (Start, 1.5),
    (Call, 1.6),
    (Declared, 1.8),
    (Contents, 1.2),
    (Usage, 1.4),
    (Features, 1.6),
    (Decisions, 1.2),
    (How, 0.8),
    (Caveats, 0.9),
    (Parts, 0.7),
    (Structures, 0.3),
    (Growth, 0.9),
    (End, 0.2),
];

const TEACHING: [Weighted; 14] = [
    (What, 3.4),
    (Focus, 0.0),
    (Decisions, 1.4),
    (Contents, 3.2),
    (Features, 1.4),
    (How, 1.0),
    (Usage, 1.2),
    (Caveats, 1.0),
    (Call, 0.5),
    (Parts, 0.4),
    (Promises, 0.3),
    (Growth, 0.8),
    (Start, 0.9),
    (End, 0.2),
];

const FIRMWARE: [Weighted; 17] = [
    (What, 3.4),
    (Focus, 0.0),
    (How, 1.9),
    (Call, 2.8),
    (Structures, 0.8),
    (Features, 2.2),
    (Declared, 0.6),
    (Decisions, 2.2),
    (Usage, 1.0),
    (Contents, 0.5),
    (Parts, 0.7),
    (Caveats, 0.9),
    (Dependencies, 0.4),
    (Promises, 0.4),
    (Growth, 0.5),
    (Start, 1.3),
    (End, 0.2),
];
