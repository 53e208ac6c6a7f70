//! How long it takes to weigh one assigned value: `cargo run --release -p trueup-core --example weigh`.
#![allow(clippy::print_stdout)]

use std::{hint::black_box, time::Instant};

use trueup_core::probe::{self, Candidate, Random};

fn main() {
    const ROUNDS: u32 = 20_000;
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random = Random::new(11);
    let token = random.text(alphabet, 32);
    let cases = [
        ("drawn, quoted", "config/settings.py", "DB_PASSWORD = \"", token.as_str(), "\""),
        ("drawn, in YAML", "deploy/app.yaml", "    apiToken: ", token.as_str(), ""),
        ("word, in YAML", "deploy/app.yaml", "    password: ", "orchard", ""),
        ("name of a program", "src/main.ts", "const tokenType = '", "bearerTokenType", "';"),
        ("reference", "infra/main.tf", "  password = \"", "var.database_password", "\""),
    ];
    let Some(probe) = probe::find("assigned-secret") else { return };
    for (what, path, before, value, after) in cases {
        let line = [before, value, after].concat();
        let candidate = Candidate { value, line: &line, before, path };
        let first = Instant::now();
        black_box((probe.test)(&candidate));
        let first = first.elapsed();
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box((probe.test)(black_box(&candidate)));
        }
        let each = start.elapsed() / ROUNDS;
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(probe::weight(black_box(&candidate)));
        }
        let model = start.elapsed() / ROUNDS;
        println!(
            "{what:<20} {model:>8.2?} by the weights, {each:>8.2?} with grammar and reasons, the first {first:.0?}: {:?}",
            (probe.test)(&candidate)
        );
    }
}
