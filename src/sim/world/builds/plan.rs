//! How a build of a project goes: its phases, how long each takes, and every line it logs.
//!
//! A [`Script`] says what the commands print and how they end; [`Plan::of`] lays it out on a time line in
//! CodeBuild's own words. Plans are shared by all builds that follow them.

use std::sync::Arc;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::builds::cases::{self, Case};
use crate::sim::world::builds::report::{Covered, Tests};
use crate::sim::world::logs::ScriptLine;

/// How long SUBMITTED lasts.
const SUBMITTED_MILLIS: Millis = 240;
/// How long before the end of PROVISIONING the agent writes its first line.
const AGENT_MILLIS: Millis = 900;

/// A phase of a build, in the order they are passed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Submitted,
    Queued,
    Provisioning,
    DownloadSource,
    Install,
    PreBuild,
    Build,
    PostBuild,
    UploadArtifacts,
    Finalizing,
    Completed,
}

impl Phase {
    /// CodeBuild's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Queued => "QUEUED",
            Self::Provisioning => "PROVISIONING",
            Self::DownloadSource => "DOWNLOAD_SOURCE",
            Self::Install => "INSTALL",
            Self::PreBuild => "PRE_BUILD",
            Self::Build => "BUILD",
            Self::PostBuild => "POST_BUILD",
            Self::UploadArtifacts => "UPLOAD_ARTIFACTS",
            Self::Finalizing => "FINALIZING",
            Self::Completed => "COMPLETED",
        }
    }
}

/// What a phase says about its failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// `COMMAND_EXECUTION_ERROR`, `YAML_FILE_ERROR`, `CLIENT_ERROR`, …
    pub code: String,
    pub message: String,
}

/// One command of the buildspec.
#[derive(Clone, Debug)]
pub struct Command {
    /// `INSTALL`, `PRE_BUILD`, BUILD or `POST_BUILD`.
    pub phase: Phase,
    pub run: String,
    pub lasts: Millis,
    /// What it prints, spread over the time it takes.
    pub log: Vec<String>,
    /// Anything but 0 fails the phase; its later commands do not run.
    pub exit: i32,
}

/// What happens in a build.
#[derive(Clone, Debug)]
pub struct Script {
    pub queued: Millis,
    pub provisioning: Millis,
    pub download: Millis,
    /// The source could not be fetched or its buildspec not be read: nothing runs.
    pub download_failure: Option<Context>,
    pub commands: Vec<Command>,
    pub upload: Millis,
    pub finalizing: Millis,
    /// What the artifact consists of, as `UPLOAD_ARTIFACTS` names it.
    pub artifact_files: Vec<String>,
    /// How large the first of them is; 0: a small program.
    pub artifact_megabytes: u64,
    /// The artifact is the first file, not packed.
    pub artifact_raw: bool,
    /// Variables that the buildspec exports; names in braces stand for the build's values.
    pub exports: Vec<(String, String)>,
    /// What its tests reach, by file.
    pub coverage: Vec<Covered>,
}

/// What a build that succeeds leaves behind.
#[derive(Clone, Debug)]
pub struct Output {
    pub files: Vec<String>,
    pub megabytes: u64,
    pub raw: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            queued: 900,
            provisioning: 9_000,
            download: 3_000,
            download_failure: None,
            commands: Vec::new(),
            upload: 1_000,
            finalizing: 2_000,
            artifact_files: Vec::new(),
            artifact_megabytes: 0,
            artifact_raw: false,
            exports: Vec::new(),
            coverage: Vec::new(),
        }
    }
}

/// One phase on the time line.
#[derive(Clone, Debug)]
pub struct PlannedPhase {
    pub phase: Phase,
    pub starts: Millis,
    pub ends: Millis,
    pub failure: Option<Context>,
}

/// A script laid out in time from the start of the build.
#[derive(Debug)]
pub struct Plan {
    pub phases: Vec<PlannedPhase>,
    pub lines: Arc<[ScriptLine]>,
    /// When the log stream comes into being.
    pub stream_starts: Millis,
    /// The line before which reading the log answers one empty page.
    pub gap: Option<usize>,
    /// When COMPLETED is reached.
    pub lasts: Millis,
    pub output: Output,
    pub exports: Vec<(String, String)>,
    /// What its tests come to; none when it runs none.
    pub tests: Tests,
    pub cases: Vec<Case>,
    pub coverage: Vec<Covered>,
}

impl Plan {
    /// Lays a script out.
    pub fn of(script: &Script) -> Arc<Self> {
        let mut layout = Layout::default();
        layout.phase(Phase::Submitted, SUBMITTED_MILLIS, None);
        layout.phase(Phase::Queued, script.queued, None);
        layout.phase(Phase::Provisioning, script.provisioning, None);
        let stream_starts = layout.now - AGENT_MILLIS.min(script.provisioning);
        layout.said(stream_starts, "Running on CodeBuild On-demand");
        layout.said(stream_starts, "Waiting for agent ping");
        layout.download(script);
        if script.download_failure.is_none() {
            layout.work(script);
        }
        layout.phase(Phase::Finalizing, script.finalizing, None);
        Arc::new(Self {
            lasts: layout.now,
            tests: layout.tests,
            cases: layout.cases,
            coverage: script.coverage.clone(),
            phases: layout.phases,
            stream_starts,
            gap: layout.gap,
            lines: layout.lines.into(),
            output: Output {
                files: script.artifact_files.clone(),
                megabytes: script.artifact_megabytes,
                raw: script.artifact_raw,
            },
            exports: script.exports.clone(),
        })
    }

    /// Whether every phase succeeds.
    pub fn succeeds(&self) -> bool {
        self.phases.iter().all(|phase| phase.failure.is_none())
    }
}

/// The time line as it is written.
#[derive(Default)]
struct Layout {
    now: Millis,
    phases: Vec<PlannedPhase>,
    lines: Vec<ScriptLine>,
    gap: Option<usize>,
    tests: Tests,
    cases: Vec<Case>,
}

impl Layout {
    fn phase(&mut self, phase: Phase, lasts: Millis, failure: Option<Context>) {
        let starts = self.now;
        self.now += lasts.max(0);
        self.phases.push(PlannedPhase {
            phase,
            starts,
            ends: self.now,
            failure,
        });
    }

    /// A line of the agent.
    fn said(&mut self, offset: Millis, text: impl Into<String>) {
        self.lines.push(ScriptLine {
            offset,
            stamped: true,
            text: text.into(),
        });
    }

    fn phase_over(&mut self, offset: Millis, phase: Phase, failure: Option<&Context>) {
        let state = if failure.is_some() {
            "FAILED"
        } else {
            "SUCCEEDED"
        };
        self.said(
            offset,
            format!("Phase complete: {} State: {state}", phase.word()),
        );
        let (code, message) = failure.map_or(("", ""), |failure| {
            (failure.code.as_str(), failure.message.as_str())
        });
        self.said(
            offset,
            format!("Phase context status code: {code} Message: {message}"),
        );
    }

    fn download(&mut self, script: &Script) {
        let starts = self.now;
        self.said(starts, "Waiting for DOWNLOAD_SOURCE");
        self.said(starts, "Phase is DOWNLOAD_SOURCE");
        self.said(starts, "CODEBUILD_SRC_DIR=/codebuild/output/src/src");
        self.phase(
            Phase::DownloadSource,
            script.download,
            script.download_failure.clone(),
        );
        let ends = self.now;
        if script.download_failure.is_none() {
            self.said(
                ends,
                "YAML location is /codebuild/output/src/src/buildspec.yml",
            );
            self.said(ends, "Processing environment variables");
            self.said(
                ends,
                "Resolved source version {commit} for build {build} of {project}",
            );
            self.said(ends, "Moving to directory /codebuild/output/src/src");
            self.said(
                ends,
                "Unable to initialize cache download: no paths specified to be cached",
            );
            let count = |phase| {
                script
                    .commands
                    .iter()
                    .filter(|command| command.phase == phase)
                    .count()
            };
            let counts: Vec<_> = WORK
                .into_iter()
                .map(|phase| (phase, count(phase)))
                .filter(|(_, count)| *count > 0)
                .collect();
            self.said(ends, format!("Phases found in YAML: {}", counts.len()));
            for (phase, count) in counts {
                self.said(ends, format!(" {}: {count} commands", phase.word()));
            }
        }
        self.phase_over(
            ends,
            Phase::DownloadSource,
            script.download_failure.as_ref(),
        );
    }

    /// `INSTALL` to `UPLOAD_ARTIFACTS`. A failure in `INSTALL` or `PRE_BUILD` ends the build; after one in BUILD,
    /// `POST_BUILD` and `UPLOAD_ARTIFACTS` run all the same.
    fn work(&mut self, script: &Script) {
        for phase in WORK {
            if phase == Phase::Build {
                self.gap = Some(self.lines.len());
            }
            let failed = self.commands(phase, script);
            if failed && matches!(phase, Phase::Install | Phase::PreBuild) {
                return;
            }
        }
        let starts = self.now;
        self.said(starts, "Expanding base directory path: .");
        self.said(starts, "Assembling file list");
        for file in &script.artifact_files {
            self.said(starts, format!("Expanding {file}"));
        }
        if script.artifact_files.is_empty() {
            self.said(starts, "No artifact files specified in buildspec");
        } else {
            self.said(
                starts,
                format!("Found {} file(s)", script.artifact_files.len()),
            );
        }
        self.phase(Phase::UploadArtifacts, script.upload, None);
        self.phase_over(self.now, Phase::UploadArtifacts, None);
    }

    /// Runs one phase's commands and tells whether one failed.
    fn commands(&mut self, phase: Phase, script: &Script) -> bool {
        let starts = self.now;
        self.said(starts, format!("Entering phase {}", phase.word()));
        let mut clock = starts;
        let mut failure = None;
        for command in script
            .commands
            .iter()
            .filter(|command| command.phase == phase)
        {
            self.said(clock, format!("Running command {}", command.run));
            self.printed(command, clock);
            self.tested(command);
            clock += command.lasts.max(0);
            if command.exit != 0 {
                self.said(
                    clock,
                    format!(
                        "Command did not exit successfully {} exit status {}",
                        command.run, command.exit
                    ),
                );
                failure = Some(Context {
                    code: "COMMAND_EXECUTION_ERROR".to_owned(),
                    message: format!(
                        "Error while executing command: {}. Reason: exit status {}",
                        command.run, command.exit
                    ),
                });
                break;
            }
        }
        // An empty phase still takes the agent a moment.
        let lasts = (clock - starts).max(120);
        let failed = failure.is_some();
        self.phase(phase, lasts, failure.clone());
        self.phase_over(self.now, phase, failure.as_ref());
        failed
    }

    /// What the tests of a command come to, if it runs any.
    fn tested(&mut self, command: &Command) {
        let mut own = Tests::default();
        own.add(&command.log, command.lasts);
        self.tests.passed += own.passed;
        self.tests.failed += own.failed;
        self.tests.skipped += own.skipped;
        self.tests.lasts += own.lasts;
        self.cases.extend(cases::listed(&command.log, own));
    }

    /// A command's own output: not quite evenly spread, since real output never is.
    fn printed(&mut self, command: &Command, starts: Millis) {
        let count = command.log.len() as i64;
        for (index, line) in command.log.iter().enumerate() {
            let index = index as i64;
            let jitter = Random::new(index as u64).between(0, 900);
            let offset = command.lasts * (index * 1000 + jitter) / ((count + 1) * 1000);
            self.lines.push(ScriptLine {
                offset: starts + offset,
                stamped: false,
                text: line.clone(),
            });
        }
    }
}

const WORK: [Phase; 4] = [
    Phase::Install,
    Phase::PreBuild,
    Phase::Build,
    Phase::PostBuild,
];

#[cfg(test)]
mod tests {
    use super::{Command, Context, Phase, Plan, Script};

    fn command(phase: Phase, run: &str, exit: i32) -> Command {
        Command {
            phase,
            run: run.to_owned(),
            lasts: 10_000,
            log: (0..20).map(|line| format!("{run} {line}")).collect(),
            exit,
        }
    }

    fn words(plan: &Plan) -> Vec<&'static str> {
        plan.phases.iter().map(|phase| phase.phase.word()).collect()
    }

    #[test]
    fn post_build_runs_after_build_failed() {
        let plan = Plan::of(&Script {
            commands: vec![
                command(Phase::Build, "cargo test --locked", 101),
                command(Phase::Build, "cargo build --release", 0),
                command(Phase::PostBuild, "echo done", 0),
            ],
            ..Script::default()
        });
        assert!(!plan.succeeds());
        let failed: Vec<_> = plan
            .phases
            .iter()
            .filter(|phase| phase.failure.is_some())
            .collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].phase, Phase::Build);
        assert_eq!(
            failed[0].failure.as_ref().unwrap().message,
            "Error while executing command: cargo test --locked. Reason: exit status 101"
        );
        assert!(words(&plan).ends_with(&["POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]));
        let text: Vec<_> = plan.lines.iter().map(|line| line.text.as_str()).collect();
        assert!(text.contains(&"Phase complete: BUILD State: FAILED"));
        assert!(text.contains(&"Phase complete: POST_BUILD State: SUCCEEDED"));
        assert!(!text.contains(&"Running command cargo build --release"));
    }

    #[test]
    fn a_failed_install_or_download_ends_the_build() {
        let plan = Plan::of(&Script {
            commands: vec![command(Phase::Install, "apt-get install x", 100)],
            ..Script::default()
        });
        assert!(words(&plan).ends_with(&["DOWNLOAD_SOURCE", "INSTALL", "FINALIZING"]));
        let plan = Plan::of(&Script {
            download_failure: Some(Context {
                code: "YAML_FILE_ERROR".to_owned(),
                message: "YAML file does not exist".to_owned(),
            }),
            ..Script::default()
        });
        assert!(words(&plan).ends_with(&["PROVISIONING", "DOWNLOAD_SOURCE", "FINALIZING"]));
    }

    #[test]
    fn lines_come_in_order_and_within_the_build() {
        let plan = Plan::of(&Script {
            commands: vec![
                command(Phase::PreBuild, "npm ci", 0),
                command(Phase::Build, "npm test", 0),
            ],
            ..Script::default()
        });
        let offsets: Vec<_> = plan.lines.iter().map(|line| line.offset).collect();
        assert!(offsets.is_sorted());
        assert!(
            offsets
                .iter()
                .all(|offset| (0..=plan.lasts).contains(offset))
        );
        assert_eq!(offsets[0], plan.stream_starts);
        assert_eq!(plan.lines[plan.gap.unwrap()].text, "Entering phase BUILD");
    }
}
