//! Whole journeys of a user: from a repository to audio, over the public door and from the command line.

mod bad_input;
mod code_story;
mod command_line;
mod graphql_clients;
mod operators;
