//! Tests of the folds.

use super::*;
use crate::model::log::LogBuffer;
use crate::model::sweep::Sweep;

const FAILED: &str = "\
[Container] 2026/11/23 02:04:05 Waiting for agent ping
[Container] 2026/11/23 02:04:05 Waiting for DOWNLOAD_SOURCE
[Container] 2026/11/23 02:04:06.000000 Phase is DOWNLOAD_SOURCE
[Container] 2026/11/23 02:04:08.500000 Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED
[Container] 2026/11/23 02:04:08.500000 Phase context status code:  Message: 
[Container] 2026/11/23 02:04:09.000000 Entering phase BUILD
[Container] 2026/11/23 02:04:09.000000 Running command cargo build --locked
   Compiling synonyms v0.4.1
[Container] 2026/11/23 02:05:09.000000 Running command cargo test --locked
running 2 tests
test result: FAILED. 1 passed; 1 failed
[Container] 2026/11/23 02:06:09.000000 Command did not exit successfully cargo test --locked exit status 101
[Container] 2026/11/23 02:06:09.100000 Phase complete: BUILD State: FAILED
[Container] 2026/11/23 02:06:09.100000 Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: cargo test --locked. Reason: exit status 101
[Container] 2026/11/23 02:06:09.200000 Entering phase POST_BUILD
[Container] 2026/11/23 02:06:11.200000 Phase complete: POST_BUILD State: SUCCEEDED
[Container] 2026/11/23 02:06:11.200000 Phase context status code:  Message: 
[Container] 2026/11/23 02:06:11.300000 Expanding base directory path: .
[Container] 2026/11/23 02:06:11.400000 Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED
[Container] 2026/11/23 02:06:11.400000 Phase context status code:  Message: 
";

fn log(text: &str) -> LogSnapshot {
    let mut buffer = LogBuffer::default();
    for (number, line) in text.lines().enumerate() {
        buffer.append(1_000 * number as i64, line);
    }
    buffer.snapshot()
}

fn index(text: &str) -> FoldIndex {
    FoldIndex::of(&log(text))
}

fn whole(lines: &[String]) -> FoldIndex {
    let mut buffer = LogBuffer::default();
    for (number, line) in (0..).zip(lines) {
        buffer.append(1_000 * number, line);
    }
    FoldIndex::of(&buffer.snapshot())
}

/// What a sweep finds that reads these portions of lines one after another.
fn swept(lines: &[String], portions: &[usize]) -> FoldIndex {
    let mut buffer = LogBuffer::default();
    let mut sweep = Sweep::new(Folding);
    let mut numbered = (0..).zip(lines);
    for portion in portions.iter().chain([&usize::MAX]) {
        for (number, line) in numbered.by_ref().take(*portion) {
            buffer.append(1_000 * number, line);
        }
        let log = buffer.snapshot();
        if let Some(pass) = sweep.pass(&log) {
            pass.run(&|| {});
        }
        assert!(sweep.is_done(&log));
    }
    FoldIndex::clone(&sweep.progress().found)
}

fn named<'a>(index: &'a FoldIndex, name: &str) -> (SectionNo, &'a Section) {
    let position = index
        .sections()
        .iter()
        .position(|section| section.name == name)
        .unwrap();
    (SectionNo(position), &index.sections()[position])
}

#[test]
fn phases_and_commands_are_found_with_their_lines_states_and_durations() {
    let index = index(FAILED);
    let found: Vec<_> = index
        .sections()
        .iter()
        .map(|section| {
            (
                section.name.as_str(),
                section.state.status,
                section.start,
                section.end,
                section.duration(0).map(|span| span.as_millis()),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "DOWNLOAD_SOURCE",
                Status::Succeeded,
                0,
                Some(5),
                Some(2_500)
            ),
            ("BUILD", Status::Failed, 5, Some(14), Some(120_100)),
            (
                "cargo build --locked",
                Status::Succeeded,
                6,
                Some(8),
                Some(60_000)
            ),
            (
                "cargo test --locked",
                Status::Failed,
                8,
                Some(12),
                Some(60_000)
            ),
            ("POST_BUILD", Status::Succeeded, 14, Some(17), Some(2_000)),
            ("UPLOAD_ARTIFACTS", Status::Succeeded, 17, Some(20), None),
        ]
    );
}

#[test]
fn what_failed_is_open_and_what_succeeded_is_folded() {
    let index = index(FAILED);
    let open: Vec<_> = (0..index.sections().len())
        .filter(|&section| index.opens_by_default(SectionNo(section), true))
        .map(|section| index.sections()[section].name.as_str())
        .collect();
    assert_eq!(open, ["BUILD", "cargo test --locked"]);
    assert_eq!(index.failed(), Some(named(&index, "cargo test --locked").0));
}

#[test]
fn a_green_log_keeps_its_last_command_open() {
    let green = FAILED
        .replace(
            "[Container] 2026/11/23 02:06:09.000000 Command did not exit successfully cargo test --locked exit status 101\n",
            "",
        )
        .replace("BUILD State: FAILED", "BUILD State: SUCCEEDED");
    let index = index(&green);
    for (name, open) in [
        ("BUILD", true),
        ("cargo test --locked", true),
        ("cargo build --locked", false),
        ("UPLOAD_ARTIFACTS", false),
    ] {
        assert_eq!(
            index.opens_by_default(named(&index, name).0, true),
            open,
            "{name}"
        );
    }
}

#[test]
fn a_running_build_is_open_where_it_runs_and_a_cut_one_is_stopped_there() {
    let half = FAILED.lines().take(10).collect::<Vec<_>>().join("\n");
    let index = index(&half);
    let (command, section) = named(&index, "cargo test --locked");
    assert_eq!(section.state.status, Status::Running);
    assert_eq!(section.end, None);
    assert!(index.opens_by_default(command, false));
    assert_eq!(index.state(command, true).status, Status::Stopped);
    assert_eq!(section.body(10), 9..10);
}

#[test]
fn reading_in_portions_finds_the_same_and_a_line_knows_its_section() {
    let lines: Vec<_> = FAILED.lines().map(str::to_owned).collect();
    let index = swept(&lines, &[3; 7]);
    assert_eq!(index, super::tests::index(FAILED));
    assert!(index.has_phase("UPLOAD_ARTIFACTS") && !index.has_phase("cargo test --locked"));
    for (line, name) in [
        (1, "DOWNLOAD_SOURCE"),
        (7, "cargo build --locked"),
        (12, "BUILD"),
        (19, "UPLOAD_ARTIFACTS"),
    ] {
        assert_eq!(index.section_of(LineNo(line)), Some(named(&index, name).0));
    }
    assert_eq!(FoldIndex::default().section_of(LineNo(0)), None);
}

#[test]
fn a_log_without_phases_has_no_sections_and_a_broken_stamp_is_no_panic() {
    assert_eq!(index("one\ntwo").sections(), []);
    assert_eq!(
        container_line("[Container] yesterday noon Phase is BUILD"),
        Some((None, "Phase is BUILD"))
    );
    assert_eq!(
        container_line("[Container] 2026/13/45 99:00:00 x")
            .unwrap()
            .0,
        None
    );
    assert_eq!(container_line("[Container]"), None);
}

const STAMP: &str = "[Container] 2026/11/23 02:04:05";

fn groups(text: &str) -> Vec<(String, u8, u32, Option<u32>, Status)> {
    index(text)
        .sections()
        .iter()
        .filter(|section| section.kind == SectionKind::Group)
        .map(|section| {
            (
                section.name.clone(),
                section.depth,
                section.start,
                section.end,
                section.state.status,
            )
        })
        .collect()
}

#[test]
fn groups_lie_within_their_command_and_end_with_it() {
    let text = format!(
        "{STAMP} Entering phase BUILD\n{STAMP} Running command make\n\
         ::group::Install\nfetching\n::endgroup::\n--- :hammer: Compile\ncc\n+++ Tests\nnot ok 3\n\
         {STAMP} Command did not exit successfully make exit status 2\n{STAMP} Phase complete: BUILD State: FAILED"
    );
    assert_eq!(
        groups(&text),
        [
            ("Install".to_owned(), 2, 2, Some(5), Status::Unknown),
            (
                ":hammer: Compile".to_owned(),
                2,
                5,
                Some(7),
                Status::Unknown
            ),
            ("Tests".to_owned(), 2, 7, Some(10), Status::Failed),
        ]
    );
    let index = index(&text);
    let open = |name| index.opens_by_default(named(&index, name).0, true);
    assert!(open("Tests") && !open("Install") && !open(":hammer: Compile"));
    assert_eq!(
        index.section_of(LineNo(6)),
        Some(named(&index, ":hammer: Compile").0)
    );
    assert_eq!(index.section_of(LineNo(9)), Some(named(&index, "Tests").0));
    assert_eq!(index.failed(), Some(named(&index, "make").0));
}

#[test]
fn gitlab_sections_nest_and_tell_their_own_time() {
    let text = "\
section_start:1600000000:outer\r\u{1b}[0KOuter
section_start:1600000001:inner[collapsed=true]\r\u{1b}[0KInner
text
section_end:1600000004:inner\r\u{1b}[0Ksection_start:1600000004:next\r\u{1b}[0KNext
more
section_end:1600000009:outer\r\u{1b}[0K
loose";
    assert_eq!(
        groups(text),
        [
            ("Outer".to_owned(), 0, 0, Some(6), Status::Unknown),
            ("Inner".to_owned(), 1, 1, Some(3), Status::Unknown),
            ("Next".to_owned(), 1, 3, Some(6), Status::Unknown),
        ]
    );
    let index = index(text);
    let took = |name| named(&index, name).1.duration(0).map(|took| took.as_secs());
    assert_eq!((took("Inner"), took("Outer")), (Some(3), Some(9)));
    assert_eq!(index.section_of(LineNo(6)), None);
}

#[test]
fn a_diff_below_a_heading_is_no_heading_and_ends_none() {
    let text = "--- Checks\nran\n--- Expected\n+++ Actual\n@@ @@\n-a\n+b\n--- Next\n";
    assert_eq!(
        groups(text),
        [("Checks".to_owned(), 0, 0, None, Status::Running)],
        "the last line may still turn out to be a diff's"
    );
    let text = format!("{text}ran");
    assert_eq!(groups(&text)[1].2, 7);
}

#[test]
fn an_error_inside_opens_its_group_and_the_sign_for_it_opens_the_one_before() {
    let text = "::group::A\n##[error]broken\n::endgroup::\n::group::B\n::endgroup::\n--- C\nx\n^^^ +++\n--- D\nx\n--- E\nx";
    let index = index(text);
    for (name, open) in [
        ("A", true),
        ("B", false),
        ("C", true),
        ("D", false),
        ("E", true),
    ] {
        assert_eq!(
            index.opens_by_default(named(&index, name).0, true),
            open,
            "{name}"
        );
    }
}

#[test]
fn a_tower_of_groups_and_a_flood_of_them_become_text() {
    let tower: Vec<_> = (0..100)
        .map(|level| format!("section_start:1:s{level}\r\u{1b}[0Kx\n"))
        .collect();
    let tower = tower.concat();
    assert_eq!(groups(&tower).len(), 8);
    let flood = "::group::x\n".repeat(20_000);
    assert_eq!(groups(&flood).len(), 10_000);
    assert_eq!(index(&tower).cut(), None);
    assert_eq!(index(&flood).cut(), Some(SectionKind::Group));
    let twice = "section_start:1:a\r\u{1b}[0Ksection_start:1:b\r\u{1b}[0Ksection_start:1:c\r\u{1b}[0KThrice\ntext";
    assert_eq!(
        groups(twice)
            .iter()
            .map(|group| (group.1, group.2))
            .collect::<Vec<_>>(),
        [(0, 0), (1, 1), (2, 1)]
    );
}

#[test]
fn phases_and_commands_beyond_ten_thousand_are_text_and_end_the_one_before() {
    let commands = format!("{STAMP} Entering phase BUILD\n")
        + &format!("{STAMP} Running command make\ntext\n").repeat(10_003)
        + &format!(
            "{STAMP} Command did not exit successfully make exit status 2\n\
             {STAMP} Phase complete: BUILD State: FAILED\n"
        );
    let found = index(&commands);
    assert_eq!(found.sections().len(), 10_001);
    assert_eq!(found.cut(), Some(SectionKind::Command));
    let last = found.last_command().and_then(|last| found.get(last));
    assert_eq!(last.unwrap().end, Some(20_001));
    assert_eq!(found.section_of(LineNo(20_003)), Some(SectionNo(0)));
    assert_eq!(found.failed(), Some(SectionNo(0)), "the phase it failed in");

    for phase in ["Entering phase A", "Phase complete: A State: SUCCEEDED"] {
        let phases = format!("{STAMP} {phase}\ntext\n").repeat(10_003);
        let found = index(&phases);
        assert_eq!(found.sections().len(), 10_000);
        assert_eq!(found.cut(), Some(SectionKind::Phase));
        assert!(found.open().next().is_none());
        assert_eq!(found.section_of(LineNo(20_003)), None);
    }
}

/// Lines that mean something to the folds, and lines that look as if they did.
fn lines() -> impl proptest::strategy::Strategy<Value = Vec<String>> {
    const KINDS: &[&str] = &[
        "text",
        "text",
        "",
        "[Container] 2026/11/23 02:04:05 Waiting for agent ping",
        "[Container] 2026/11/23 02:04:05 Entering phase BUILD",
        "[Container] 2026/11/23 02:04:05 Phase complete: BUILD State: FAILED",
        "[Container] 2026/11/23 02:04:05 Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED",
        "[Container] 2026/11/23 02:04:05 Phase context status code:  Message: ",
        "[Container] 2026/11/23 02:04:05 Running command make",
        "[Container] 2026/11/23 02:04:05 Command did not exit successfully make exit status 2",
        "[Container] broken",
        "::group::One",
        "::endgroup::",
        "##[error]broken",
        "2024-05-22T12:43:46.962646Z ##[group]Two",
        "2024-05-22T12:43:46.962646Z text",
        "section_start:1:a\r\u{1b}[0KA",
        "\u{1b}[0Ksection_end:1:a\r\u{1b}[0Ksection_start:1:b\r",
        "section_end:1:b\r",
        "sections",
        "\u{1b}[31mred",
        "\u{1b}_bk;t=1690000000000\u{7}--- any title",
        "--- Heading",
        "--- a/file",
        "+++ Actual",
        "+ make all",
        "- item",
        "-- option",
        "~~~ Preparing",
        "^^^ +++",
        "--- FAIL: TestX (0.00s)",
    ];
    let line = proptest::sample::select(KINDS);
    proptest::collection::vec(
        proptest::strategy::Strategy::prop_map(line, str::to_owned),
        0..60,
    )
}

proptest::proptest! {
    #[test]
    fn a_sweep_finds_what_reading_every_line_in_turn_finds(
        lines in lines(),
        portions in proptest::collection::vec(0..9_usize, 0..20),
    ) {
        proptest::prop_assert_eq!(swept(&lines, &portions), whole(&lines));
    }

    #[test]
    fn a_line_that_may_not_mark_changes_what_any_ordinary_line_does(
        before in lines(),
        line in "[-+~^:#s0-9\u{1b}a\\[K ]{0,6}.{0,12}",
    ) {
        proptest::prop_assume!(!marker::may_mark(&line) && !line.contains('\n'));
        let mut ordinary = whole(&before);
        let mut other = ordinary.clone();
        ordinary.read(1_000, 0, "text");
        other.read(1_000, 0, &line);
        proptest::prop_assert_eq!(ordinary, other);
    }
}
