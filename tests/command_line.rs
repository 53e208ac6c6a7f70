//! The command line: one file a case below tests/cli.

#[test]
fn commands_say_what_they_are_expected_to() {
    let binary = trueup_tests::root().join("target");
    let binary = std::env::var_os("CARGO_TARGET_DIR").map_or(binary, Into::into);
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let program = binary.join(profile).join(format!("trueup{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "build the command first: cargo build --package trueup");
    trycmd::TestCases::new()
        .register_bin("trueup", program)
        .env("NO_COLOR", "1")
        .env("GITHUB_STEP_SUMMARY", "")
        .case("cli/*.toml")
        .case("cli/*.md");
}
