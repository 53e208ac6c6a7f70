use super::*;
use crate::{
    extract::{declaration::tests::vocabulary, testing::extraction},
    fact::Fact,
    syntax::{Node, Value},
};

fn steps(path: &str, text: &str) -> Vec<Fact> {
    let out = extraction(path, text, &vocabulary(), extract);
    for fact in &out.facts {
        assert!(!fact.span.text(text).is_empty(), "{fact:?}");
    }
    out.facts
}

fn list(fact: &Fact, field: &str) -> String {
    let Some(node) = fact.get(field) else { return String::new() };
    let words = node.elements().iter().map(|node| match &node.value {
        Value::Unknown(_) => "?",
        _ => node.as_str().unwrap_or("-"),
    });
    words.collect::<Vec<_>>().join(",")
}

/// Steps that do something known, one per line: `job roles | triggers branches | environment | gating | after`.
fn check(path: &str, text: &str, expected: &[&str]) {
    let facts = steps(path, text);
    let shown: Vec<String> = facts
        .iter()
        .filter(|fact| !matches!(list(fact, "roles").as_str(), "" | "?"))
        .map(|fact| {
            let flag = |field: &str, word: &'static str| {
                if fact.get(field).and_then(Node::as_bool) == Some(true) { word } else { "" }
            };
            let parts = [
                format!("{} {}", fact.text("job").unwrap_or_default(), list(fact, "roles")),
                format!("{} {}", list(fact, "triggers"), list(fact, "branches")),
                format!("{} {}{}", fact.environment.word(), flag("gating", "gating"), flag("manual", " manual")),
                format!("after {}", list(fact, "after")),
            ];
            parts.map(|part| part.trim().to_owned()).join(" | ")
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn github_workflows_are_read() {
    let text = "
name: CI
on:
  push: {branches: [main]}
  pull_request:
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          npm ci
          npm run lint
          npx tsc --noEmit || true
      - uses: github/codeql-action/analyze@v3
        continue-on-error: true
  test:
    strategy:
      matrix: {kind: [unit, integration]}
    steps:
      - run: npm run test:${{ matrix.kind }}
  off:
    if: false
    steps: [{run: npm run e2e}]
  ship:
    needs: [check, test]
    if: github.ref == 'refs/heads/main' && github.event_name == 'push'
    environment: production
    steps:
      - run: netlify deploy --prod
";
    check(
        ".github/workflows/ci.yml",
        text,
        &[
            "check lint | push,pull_request main | any gating | after",
            "check typecheck | push,pull_request main | any | after lint",
            "check security-scan-sast | push,pull_request main | any | after lint",
            "test test-unit | push,pull_request main | any gating | after",
            "test test-integration | push,pull_request main | any gating | after test-unit",
            "ship deploy | push main | production gating | after lint,test-integration,test-unit",
        ],
    );
}

#[test]
fn github_events_access_and_what_is_not_seen() {
    let text = "
on:
  schedule: [{cron: '0 3 * * 1'}]
  workflow_dispatch:
permissions: {id-token: write}
jobs:
  deploy-staging:
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: arn, aws-region: eu-west-1}
      - run: ./ci/prepare.sh
      - run: aws ecs update-service --service api
        env: {TOKEN: '${{ secrets.API_TOKEN }}'}
";
    let facts = steps(".github/workflows/nightly.yml", text);
    let login = &facts[0];
    assert_eq!(login.text("credentials"), Some("oidc"));
    assert_eq!(login.text("region"), Some("eu-west-1"));
    let deploy = facts.last().unwrap();
    assert_eq!(deploy.environment.word(), "staging");
    assert_eq!(list(deploy, "after"), "?");
    assert_eq!(list(deploy, "secrets"), "API_TOKEN");
    assert_eq!(deploy.text("platform"), Some("aws"));
    assert_eq!(deploy.get("interval-minutes").and_then(Node::as_number), Some(10_080.0));
}

#[test]
fn gitlab_stages_rules_and_templates_are_read() {
    let text = "
stages: [test, deploy]
include:
  - template: Security/SAST.gitlab-ci.yml
.deploy: &deploy
  stage: deploy
  script: [./deploy.sh, 'helm upgrade --install app ./chart']
lint:
  stage: test
  script: ruff check .
unit:
  stage: test
  script:
    - pytest --cov-fail-under=85
  allow_failure: true
staging:
  extends: .deploy
  environment: {name: staging}
  rules:
    - if: $CI_COMMIT_BRANCH == \"develop\"
prod:
  extends: .deploy
  environment: production
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
";
    check(
        ".gitlab-ci.yml",
        text,
        &[
            "lint lint | push | any gating | after",
            "unit test-unit | push | any | after",
            "staging deploy | push develop | staging gating | after lint,?",
            "prod deploy | tag | production gating manual | after lint,?",
            "Security/SAST.gitlab-ci.yml security-scan-sast | push,pull_request | any | after",
        ],
    );
}

#[test]
fn circleci_workflows_commands_and_approvals_are_read() {
    let text = "
version: 2.1
commands:
  check:
    steps: [{run: npm run lint}]
jobs:
  verify:
    docker: [{image: node}]
    steps: [checkout, check, {run: {name: unit, command: npm test}}]
  ship:
    steps: [{run: flyctl deploy --config fly.production.toml}]
workflows:
  main:
    jobs:
      - verify
      - hold: {type: approval, requires: [verify]}
      - ship: {requires: [hold], filters: {branches: {only: main}}}
";
    check(
        ".circleci/config.yml",
        text,
        &[
            "verify lint | push | any gating | after",
            "verify test-unit | push | any gating | after lint",
            "ship deploy | push main | production gating manual | after lint,test-unit",
        ],
    );
}

#[test]
fn azure_stages_and_deployments_are_read() {
    let text = "
trigger: {branches: {include: [main]}}
pr: none
stages:
  - stage: Build
    jobs:
      - job: b
        steps:
          - script: npm run build
          - task: DotNetCoreCLI@2
            inputs: {command: test}
  - stage: Deploy
    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))
    jobs:
      - deployment: web
        environment: production
        strategy:
          runOnce:
            deploy:
              steps:
                - task: AzureWebApp@1
                  inputs: {appName: shop}
";
    check(
        "azure-pipelines.yml",
        text,
        &[
            "Build/b build | push main | any gating | after",
            "Build/b test-unit | push main | any gating | after build",
            "Deploy/web deploy | push main | production gating | after build,test-unit",
        ],
    );
}

#[test]
fn bitbucket_branches_and_deployments_are_read() {
    let text = "
pipelines:
  pull-requests:
    '**':
      - step: {script: [npm run lint]}
  branches:
    main:
      - parallel:
          - step: {script: [npm test]}
          - step: {script: [npm run build]}
      - step:
          deployment: production
          trigger: manual
          script:
            - pipe: atlassian/aws-s3-deploy:1.1.0
";
    check(
        "bitbucket-pipelines.yml",
        text,
        &[
            "**/0 lint | pull_request | any gating | after",
            "main/0 test-unit | push main | any gating | after",
            "main/1 build | push main | any gating | after",
            "main/2 deploy | push main | production gating manual | after build,test-unit",
        ],
    );
}

#[test]
fn jenkinsfiles_are_read() {
    let text = "
pipeline {
  agent any
  // sh 'npm run lint'
  stages {
    stage('Test') { steps { sh 'mvn -B verify' } }
    stage('Deploy production') {
      when { branch 'main' }
      input { message 'Go?' }
      steps { sh '''
        kubectl apply -f k8s/
      ''' }
    }
  }
}
";
    check(
        "Jenkinsfile",
        text,
        &[
            "Test test-unit,test-integration,build | push | any gating | after",
            "Deploy production deploy | push main | production gating manual | after build,test-integration,test-unit",
        ],
    );
}

proptest::proptest! {
    #[test]
    fn no_jenkinsfile_breaks_the_scanner(text in "[ a-z'\"{}()/*\n\\\\é$]{0,200}") {
        for fact in extraction("Jenkinsfile", &text, vocabulary_once(), extract).facts {
            proptest::prop_assert!(fact.span.to() <= text.len(), "{:?}", fact);
        }
    }
}

fn vocabulary_once() -> &'static crate::vocabulary::Vocabulary {
    static ONCE: std::sync::OnceLock<crate::vocabulary::Vocabulary> = std::sync::OnceLock::new();
    ONCE.get_or_init(vocabulary)
}
