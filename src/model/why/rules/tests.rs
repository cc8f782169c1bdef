//! Test runners: which tests failed, how many, and what they say.

use super::super::rule::{Join, Place, Rule};

pub const RULES: &[Rule] = &[
    // Rust.
    Rule::effect("cargo test", r"^test (?P<test>\S+)(?: - .+)? \.\.\. FAILED$"),
    Rule::effect("cargo test", r"^test result: FAILED\..*? (?P<count>\d+) failed"),
    Rule::said("nextest", r"^\s+(?:FAIL|SIGABRT|TIMEOUT) \[.+\] (?:\(.+\) )?\S+ (?P<test>\S+)$"),

    // Go.
    Rule::cause("go test", r"^\s*--- FAIL: (?P<test>\S+) \(").joined(Join::Next).placed(Place::Below),
    Rule::said("go test", r"^\s+(?P<file>\S+_test\.go):(?P<line>\d+): (?P<text>.+)"),

    // Java.
    Rule::cause("junit", r"^\[ERROR\]\s+(?P<test>[\w$]+(?:\.\w+)+):(?P<line>\d+)(?:->\S+)* (?P<text>.+)"),
    Rule::said("junit", r"^\[ERROR\] (?P<test>[\w.$]+(?:\(.*\))?)(?: -- | +)Time elapsed: .+ <<< (?:FAILURE|ERROR)!").joined(Join::Next),
    Rule::effect("junit", r"^\[ERROR\] Tests run: \d+, Failures: (?P<count>\d+)"),
    Rule::cause("gradle", r"^(?P<test>\S.* > \S.*) FAILED$").joined(Join::Next).placed(Place::Below),
    Rule::effect("gradle", r"^\d+ tests completed, (?P<count>\d+) failed"),

    // JavaScript.
    Rule::cause("jest", r"^\s*● (?P<test>.+ › .+)$").joined(Join::Next).placed(Place::Below),
    Rule::cause("jest", r"^\s*● (?P<text>Test suite failed to run)$").joined(Join::Next).placed(Place::Below),
    Rule::effect("jest", r"^Tests:\s+(?P<count>\d+) failed"),
    Rule::effect("vitest", r"^\s*Tests\s+(?P<count>\d+) failed"),
    Rule::said("vitest", r"^\s*(?:FAIL|×|❯)\s+(?P<test>\S+ > .+?)(?: \d+ms)?$").joined(Join::Next).placed(Place::Below),
    Rule::effect("jest", r"^\s*FAIL\s+(?P<text>\S+\.(?:test|spec)\.\w+.*)"),
    Rule::effect("mocha", r"^\s+(?P<count>\d+) failing$"),
    Rule::cause("cypress", r"^\s*(?P<text>CypressError: .+)"),
    Rule::said("playwright", r"^\s*\d+\) (?P<test>\[\w+\] › .+)$"),
    Rule::said("tap", r"^not ok \d+ (?:- )?(?P<test>.+)"),
    Rule::effect("node test", r"^(?:# |ℹ )fail (?P<count>[1-9]\d*)$"),

    // Python.
    Rule::cause("pytest", r"^E\s{2,}(?P<text>\S.*)").placed(Place::Below),
    Rule::said("pytest", r"^(?:FAILED|ERROR) (?P<test>\S+\.py(?:::\S.*?)?)(?: - (?P<text>.+))?$"),
    Rule::effect("pytest", r"^=+ (?:short test summary info|FAILURES|ERRORS) =+$"),
    Rule::effect("pytest", r"^(?:=+ )?(?P<count>\d+) (?:failed|errors?)\b.* in [\d.]+s"),
    Rule::said("unittest", r"^(?:FAIL|ERROR): (?P<test>\w+ \(.+\))$"),
    Rule::effect("unittest", r"^FAILED \(.*?(?:failures|errors)=(?P<count>\d+)"),
    Rule::cause("coverage", r"(?P<text>(?:Coverage failure: total of|Required test coverage of|Jest: \S.* coverage threshold).+)")
        .hint("The tests passed; the share of code they cover is below the limit that is set."),

    // Ruby.
    Rule::cause("rspec", r"^\s+Failure/Error: (?P<text>.+)").joined(Join::Next).placed(Place::Below),
    Rule::said("rspec", r"^rspec (?P<test>\./\S+(?::\d+|\[\S+\]))(?: # (?P<text>.+))?$"),
    Rule::effect("rspec", r"^\d+ examples?, (?P<count>[1-9]\d*) failures?"),
    Rule::effect("minitest", r"^\d+ runs, \d+ assertions, (?P<count>[1-9]\d*) failures"),

    // .NET, PHP.
    Rule::said("dotnet test", r"^\s+Failed (?P<test>\S.*?) \[[<\d].*\]$").joined(Join::Next),
    Rule::cause("dotnet test", r"^\s+Error Message:$").joined(Join::Next),
    Rule::effect("dotnet test", r"^Failed!\s+- Failed:\s+(?P<count>\d+)"),
    Rule::cause("phpunit", r"^\d+\) (?P<test>[\w\\]+::\S+.*)$").joined(Join::Next),
    Rule::effect("phpunit", r"^Tests: \d+, Assertions: \d+.*?(?:Failures|Errors): (?P<count>\d+)"),

    // C and C++.
    Rule::cause("googletest", r"^(?P<file>[^\s:]+):(?P<line>\d+): Failure$").joined(Join::Next),
    Rule::effect("googletest", r"^\[  FAILED  \] (?P<count>\d+) tests?"),
    Rule::said("googletest", r"^\[  FAILED  \] (?P<test>[\w/.]+)"),
    Rule::said("ctest", r"^\s*\d+ - (?P<test>\S+) \((?:Failed|Timeout|SEGFAULT|Exception.*)\)"),
    Rule::effect("ctest", r"^\d+% tests passed, (?P<count>[1-9]\d*) tests? failed"),
];
