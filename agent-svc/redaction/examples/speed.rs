//! How fast answers are cleaned: `cargo run --release -p redaction --example speed`.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "it is a program that tells numbers"
)]

use std::time::Instant;

use redaction::{Fingerprints, Sanitizer};

fn main() {
    let prompt = include_str!("../Cargo.toml");
    let prompts: Vec<String> = (0..100)
        .map(|turn| format!("{turn} {prompt} {}", turn * 7_919))
        .collect();
    let began = Instant::now();
    let fingerprints = prompts
        .iter()
        .fold(Fingerprints::builder(), |builder, prompt| {
            builder.add_text(prompt)
        })
        .build();
    let size = fingerprints.size_bytes();
    println!("built in {:?}, {size} bytes", began.elapsed());

    let answer = include_str!("../src/sanitizer.rs").repeat(100);
    for piece_bytes in [1, 5, 64, 4_096] {
        let mut sanitizer = Sanitizer::new(fingerprints.clone());
        let began = Instant::now();
        let mut left = 0;
        for piece in answer.as_bytes().chunks(piece_bytes) {
            left += sanitizer.push_bytes(piece).len();
        }
        left += sanitizer.finish().len();

        let took = began.elapsed();
        let pieces = answer.len().div_ceil(piece_bytes);
        println!(
            "pieces of {piece_bytes}: {:.1} MB/s, {:.0} ns a piece, {} bytes held at most, {left} of {} left",
            answer.len() as f64 / took.as_secs_f64() / 1e6,
            took.as_nanos() as f64 / pieces as f64,
            sanitizer.most_held_bytes(),
            answer.len()
        );
    }
}
