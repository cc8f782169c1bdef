//! The rules held against what tools really write: the texts are those of public logs and of the tools themselves,
//! shortened, with made-up names.

use super::*;
use crate::model::log::LogBuffer;

fn explained(output: &str) -> Explanation {
    let mut buffer = LogBuffer::default();
    buffer.append(0, "[Container] 2026/11/23 02:04:09 Entering phase BUILD");
    buffer.append(0, "[Container] 2026/11/23 02:04:09 Running command make");
    for line in output.split('\n') {
        buffer.append(0, line);
    }
    buffer.append(
        0,
        "[Container] 2026/11/23 02:06:09 Command did not exit successfully make exit status 101",
    );
    buffer.append(
        0,
        "[Container] 2026/11/23 02:06:09 Phase complete: BUILD State: FAILED",
    );
    let log = buffer.snapshot();
    let index = FoldIndex::of(&log);
    explain(&log, &index)
}

/// What a log says, in short: the tool, the text, the place.
fn short(output: &str) -> (String, String, String) {
    let why = explained(output).why;
    why.map_or_else(Default::default, |why| {
        let place = why.place.map(|place| place.to_string());
        (why.tool.to_owned(), why.text, place.unwrap_or_default())
    })
}

/// A log, and the tool, the text and the place it has to say.
type Sample = (&'static str, [&'static str; 3]);

fn hold(samples: &[Sample]) {
    let wrong: Vec<_> = samples
        .iter()
        .filter_map(|(output, expected)| {
            let (tool, text, place) = short(output);
            let found = [tool.as_str(), text.as_str(), place.as_str()];
            (found != *expected)
                .then(|| format!("{output}\n  found    {found:?}\n  expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn compilers_and_linkers() {
    hold(COMPILERS);
}

const COMPILERS: &[Sample] = &[
    (
        "   Compiling demo v0.1.0\nerror[E0308]: mismatched types\n --> src/main.rs:4:18\n  |\n4 |     let x: i32 = \"a\";\nerror: could not compile `demo` (bin \"demo\") due to 1 previous error",
        ["rustc", "mismatched types", "src/main.rs:4"],
    ),
    (
        "error: failed to select a version for the requirement `serde = \"^9\"`\ncandidate versions found which didn't match: 1.0.228",
        [
            "cargo",
            "failed to select a version for the requirement `serde = \"^9\"`: candidate versions found which didn't match: 1.0.228",
            "",
        ],
    ),
    (
        "In file included from a.h:1:\nsrc/main.c:3:10: fatal error: zlib.h: No such file or directory\n    3 | #include <zlib.h>\ncompilation terminated.\nmake: *** [Makefile:12: main.o] Error 1",
        [
            "compiler",
            "zlib.h: No such file or directory",
            "src/main.c:3",
        ],
    ),
    (
        "/usr/bin/ld: cannot find -lssl: No such file or directory\ncollect2: error: ld returned 1 exit status\nmake: *** [Makefile:9: app] Error 1",
        ["linker", "cannot find -lssl: No such file or directory", ""],
    ),
    (
        "main.o: in function `main':\nmain.c:(.text+0x5): undefined reference to `frob'\ncollect2: error: ld returned 1 exit status",
        ["linker", "undefined reference to `frob'", ""],
    ),
    (
        "make: *** No rule to make target 'dist', needed by 'all'.  Stop.",
        [
            "make",
            "No rule to make target 'dist', needed by 'all'.  Stop.",
            "",
        ],
    ),
    (
        "CMake Error at CMakeLists.txt:14 (find_package):\n  Could not find a package configuration file provided by \"Qt6\"",
        [
            "cmake",
            "CMake Error at CMakeLists.txt:14 (find_package): Could not find a package configuration file provided by \"Qt6\"",
            "CMakeLists.txt:14",
        ],
    ),
    (
        "# example.com/app/pkg\npkg/sum.go:12:9: undefined: Totl\nmake: *** [build] Error 1",
        ["go", "undefined: Totl", "pkg/sum.go:12"],
    ),
    (
        "go: example.com/app imports\n\tgithub.com/x/y: no required module provides package github.com/x/y; to add it:\n\tgo get github.com/x/y",
        [
            "go",
            "no required module provides package github.com/x/y; to add it: go get github.com/x/y",
            "",
        ],
    ),
    (
        "[ERROR] COMPILATION ERROR : \n[INFO] ----\n[ERROR] /codebuild/src/main/java/com/acme/Sum.java:[31,20] cannot find symbol\n[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile",
        [
            "maven",
            "cannot find symbol",
            "/codebuild/src/main/java/com/acme/Sum.java:31",
        ],
    ),
    (
        "> Task :compileJava FAILED\n/src/app/Main.java:7: error: ';' expected\n        int x = 1\n1 error\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':compileJava'.\n> Compilation failed; see the compiler error output for details.",
        ["javac", "';' expected", "/src/app/Main.java:7"],
    ),
    (
        "e: file:///src/Main.kt:12:5 Unresolved reference: foo\nFAILURE: Build failed with an exception.",
        ["kotlin", "Unresolved reference: foo", "/src/Main.kt"],
    ),
    (
        "src/app.ts(12,5): error TS2345: Argument of type 'string' is not assignable to parameter of type 'number'.\nnpm ERR! code ELIFECYCLE",
        [
            "tsc",
            "Argument of type 'string' is not assignable to parameter of type 'number'.",
            "src/app.ts:12",
        ],
    ),
    (
        "src/app.ts:12:5 - error TS2304: Cannot find name 'foo'.\n\nFound 1 error in src/app.ts:12",
        ["tsc", "Cannot find name 'foo'.", "src/app.ts:12"],
    ),
    (
        "/src/Program.cs(12,9): error CS0103: The name 'foo' does not exist in the current context [/src/App.csproj]\nBuild FAILED.",
        [
            "dotnet",
            "The name 'foo' does not exist in the current context",
            "/src/Program.cs:12",
        ],
    ),
    (
        "\n/app/src/index.js\n   3:7   warning  x\n  12:1   error  'foo' is not defined  no-undef\n\n✖ 2 problems (1 error, 1 warning)",
        ["eslint", "'foo' is not defined", "/app/src/index.js:12"],
    ),
    (
        "PHP Fatal error:  Uncaught Error: Class \"Foo\" not found in /app/src/x.php:12",
        [
            "php",
            "Uncaught Error: Class \"Foo\" not found",
            "/app/src/x.php:12",
        ],
    ),
];

#[test]
fn test_runners() {
    hold(RUNNERS);
}

const RUNNERS: &[Sample] = &[
    (
        "running 2 tests\ntest a ... ok\ntest merge ... \u{1b}[31mFAILED\u{1b}[0m\nthread 'merge' (4712) panicked at src/synonyms.rs:88:9:\nassertion `left == right` failed: order changed\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\nerror: test failed, to rerun pass `--lib`",
        [
            "rust",
            "assertion `left == right` failed: order changed, src/synonyms.rs:88",
            "src/synonyms.rs:88",
        ],
    ),
    (
        "=== RUN   TestSum\n--- FAIL: TestSum (0.00s)\n    sum_test.go:14: got 3, want 4\nFAIL\nFAIL\texample.com/app\t0.012s",
        [
            "go test",
            "TestSum: sum_test.go:14: got 3, want 4",
            "sum_test.go:14",
        ],
    ),
    (
        "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.acme.SumTest\n[ERROR] com.acme.SumTest.adds -- Time elapsed: 0.01 s <<< FAILURE!\norg.opentest4j.AssertionFailedError: expected: <3> but was: <4>\n\tat com.acme.SumTest.adds(SumTest.java:12)",
        [
            "java",
            "org.opentest4j.AssertionFailedError: expected: <3> but was: <4>",
            "SumTest.java:12",
        ],
    ),
    (
        "SumTest > adds() FAILED\n    org.opentest4j.AssertionFailedError: expected: <3> but was: <4>\n        at app//com.acme.SumTest.adds(SumTest.java:12)\n\n3 tests completed, 1 failed",
        [
            "gradle",
            "SumTest > adds(): org.opentest4j.AssertionFailedError: expected: <3> but was: <4>",
            "SumTest.java:12",
        ],
    ),
    (
        "FAIL src/sum.test.js\n  ● Sum › adds\n\n    expect(received).toBe(expected) // Object.is equality\n\n    Expected: 4\n    Received: 3\n\n      at Object.<anonymous> (src/sum.test.js:5:15)\n\nTests:       1 failed, 3 passed, 4 total",
        [
            "jest",
            "Sum › adds: expect(received).toBe(expected) // Object.is equality",
            "src/sum.test.js:5",
        ],
    ),
    (
        " FAIL  src/sum.test.ts > Sum > adds\nAssertionError: expected 3 to be 4 // Object.is equality\n ❯ src/sum.test.ts:6:21\n\n      Tests  1 failed | 3 passed (4)",
        [
            "",
            "AssertionError: expected 3 to be 4 // Object.is equality",
            "src/sum.test.ts:6",
        ],
    ),
    (
        "  2 passing (10ms)\n  1 failing\n\n  1) Sum\n       adds:\n\n      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n      + expected - actual",
        [
            "",
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: + expected - actual",
            "",
        ],
    ),
    (
        "____ test_sum ____\n\n    def test_sum():\n>       assert add(1, 2) == 4\nE       assert 3 == 4\nE        +  where 3 = add(1, 2)\n\ntests/test_sum.py:6: AssertionError\n=== short test summary info ===\nFAILED tests/test_sum.py::test_sum - assert 3 == 4\n=== 1 failed, 10 passed in 0.31s ===",
        ["pytest", "assert 3 == 4", "tests/test_sum.py:6"],
    ),
    (
        "  1) Sum adds\n     Failure/Error: expect(sum(1, 2)).to eq(4)\n\n       expected: 4\n            got: 3\n     # ./spec/sum_spec.rb:5:in `block'\n\n1 example, 1 failure\n\nrspec ./spec/sum_spec.rb:4 # Sum adds",
        [
            "rspec",
            "expect(sum(1, 2)).to eq(4): expected: 4",
            "./spec/sum_spec.rb:5",
        ],
    ),
    (
        "[ RUN      ] Sum.Adds\n/src/sum_test.cc:9: Failure\nExpected equality of these values:\n  add(1, 2)\n[  FAILED  ] Sum.Adds (0 ms)\n[  FAILED  ] 1 test, listed below:",
        [
            "googletest",
            "/src/sum_test.cc:9: Failure: Expected equality of these values:",
            "/src/sum_test.cc:9",
        ],
    ),
    (
        "There was 1 failure:\n\n1) App\\SumTest::testAdds\nFailed asserting that 3 matches expected 4.\n\nTests: 4, Assertions: 5, Failures: 1.",
        [
            "phpunit",
            "App\\SumTest::testAdds: Failed asserting that 3 matches expected 4.",
            "",
        ],
    ),
    (
        "  Failed Adds [12 ms]\n  Error Message:\n   Assert.Equal() Failure: Values differ\n\nFailed!  - Failed:     1, Passed:     3, Skipped:     0",
        [
            "dotnet test",
            "Error Message: Assert.Equal() Failure: Values differ",
            "",
        ],
    ),
    (
        "not ok 3 - adds two numbers\n# fail 1",
        ["tap", "adds two numbers", ""],
    ),
    (
        "FAIL Required test coverage of 90% not reached. Total coverage: 84.12%",
        [
            "coverage",
            "Required test coverage of 90% not reached. Total coverage: 84.12%",
            "",
        ],
    ),
];

#[test]
fn package_managers_and_version_control() {
    hold(MANAGERS);
}

const MANAGERS: &[Sample] = &[
    (
        "npm ERR! code EUSAGE\nnpm ERR! \nnpm ERR! `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.\nnpm ERR! Missing: left-pad@1.3.0 from lock file",
        ["npm", "code EUSAGE", ""],
    ),
    (
        "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/@acme%2fx - Not found",
        [
            "npm",
            "Not Found - GET https://registry.npmjs.org/@acme%2fx - Not found",
            "",
        ],
    ),
    (
        "npm ERR! Missing script: \"biuld\"",
        ["npm", "Missing script: \"biuld\"", ""],
    ),
    (
        "Failed\n ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is not up to date",
        [
            "pnpm",
            "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\" because pnpm-lock.yaml is not up to date",
            "",
        ],
    ),
    (
        "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.\nerror Command failed with exit code 1.",
        [
            "yarn",
            "Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
            "",
        ],
    ),
    (
        "ERROR: Could not find a version that satisfies the requirement reqests (from versions: none)\nERROR: No matching distribution found for reqests",
        [
            "pip",
            "Could not find a version that satisfies the requirement reqests (from versions: none)",
            "",
        ],
    ),
    (
        "Could not find gem 'foo' in any of the gem sources listed in your Gemfile.\nCould not find foo-1.0 in any of the sources",
        [
            "bundler",
            "Could not find gem 'foo' in any of the gem sources listed in your Gemfile.",
            "",
        ],
    ),
    (
        "Reading package lists...\nE: Unable to locate package jqq",
        ["apt", "Unable to locate package jqq", ""],
    ),
    (
        "Error: Unable to find a match: jqq",
        ["yum", "Unable to find a match: jqq", ""],
    ),
    (
        "Cloning into 'x'...\ngit@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        ["git", "Permission denied (publickey).", ""],
    ),
    (
        "fatal: repository 'https://x/y.git/' not found",
        ["git", "repository 'https://x/y.git/' not found", ""],
    ),
    (
        "Traceback (most recent call last):\n  File \"/src/app/main.py\", line 3, in <module>\n    import requests\nModuleNotFoundError: No module named 'requests'",
        [
            "python",
            "ModuleNotFoundError: No module named 'requests'",
            "/src/app/main.py:3",
        ],
    ),
    (
        "Traceback (most recent call last):\n  File \"/src/app/main.py\", line 9, in <module>\n    run()\n  File \"/usr/local/lib/python3.12/site-packages/x/y.py\", line 3, in run\n    raise KeyError(k)\nKeyError: 'PORT'",
        ["python", "KeyError: 'PORT'", "/src/app/main.py:9"],
    ),
    (
        "Traceback (most recent call last):\n  File \"/src/app/main.py\", line 9, in <module>\n    run(1, 2)\nTypeError: run() takes 1 positional argument but 2 were given",
        [
            "python",
            "TypeError: run() takes 1 positional argument but 2 were given",
            "/src/app/main.py:9",
        ],
    ),
    (
        "/src/app.js:3\n  x.y.z\n    ^\n\nTypeError: Cannot read properties of undefined (reading 'z')\n    at Object.<anonymous> (/src/app.js:3:7)",
        [
            "node",
            "TypeError: Cannot read properties of undefined (reading 'z')",
            "/src/app.js:3",
        ],
    ),
    (
        "node:internal/modules/cjs/loader:1147\n  throw err;\n\nError: Cannot find module 'express'\nRequire stack:\n- /src/app.js",
        ["node", "Error: Cannot find module 'express'", ""],
    ),
];

#[test]
fn containers_clouds_and_the_shell() {
    hold(SYSTEMS);
}

const SYSTEMS: &[Sample] = &[
    (
        "Step 1/9 : FROM node:20\ntoomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        [
            "docker",
            "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
            "",
        ],
    ),
    (
        "The push refers to repository [x]\nno basic auth credentials",
        ["docker", "no basic auth credentials", ""],
    ),
    (
        "#9 [4/5] RUN npm run build\n#9 2.104 src/app.ts(3,1): error TS2304: Cannot find name 'x'.\n#9 ERROR: process \"/bin/sh -c npm run build\" did not complete successfully: exit code: 2\nERROR: failed to solve: process \"/bin/sh -c npm run build\" did not complete successfully: exit code: 2",
        ["tsc", "Cannot find name 'x'.", "src/app.ts:3"],
    ),
    (
        "ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref x: \"/dist\": not found",
        [
            "docker",
            "failed to compute cache key: failed to calculate checksum of ref x: \"/dist\": not found",
            "",
        ],
    ),
    (
        "write /var/lib/docker/tmp/x: no space left on device",
        [
            "system",
            "write /var/lib/docker/tmp/x: no space left on device",
            "",
        ],
    ),
    (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        [
            "docker",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "",
        ],
    ),
    (
        "\nAn error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::1:assumed-role/build/x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/k\"",
        [
            "aws",
            "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::1:assumed-role/build/x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/k\"",
            "",
        ],
    ),
    (
        "Waiting for stack create/update to complete\n2026-11-23 02:04:09 UPDATE_FAILED AWS::Lambda::Function Fn  Runtime nodejs12.x is no longer supported\nUPDATE_FAILED AWS::SQS::Queue Q Resource update cancelled\nFailed to create/update the stack. Run the following command",
        [
            "cloudformation",
            "UPDATE_FAILED AWS::Lambda::Function Fn  Runtime nodejs12.x is no longer supported",
            "",
        ],
    ),
    (
        "╷\n│ Error: Unsupported argument\n│ \n│   on main.tf line 12, in resource \"aws_s3_bucket\" \"b\":\n│   12:   acll = \"private\"",
        ["terraform", "Unsupported argument", "main.tf:12"],
    ),
    (
        " ❌  Stack failed: Error: The stack named S failed creation, it may need to be manually deleted",
        [
            "cdk",
            "Stack failed: Error: The stack named S failed creation, it may need to be manually deleted",
            "",
        ],
    ),
    (
        "/codebuild/output/tmp/script.sh: line 4: buildspec.yml: command not found",
        [
            "shell",
            "buildspec.yml: command not found",
            "/codebuild/output/tmp/script.sh:4",
        ],
    ),
    (
        "/bin/sh: 1: yarn: not found",
        ["shell", "yarn: not found", ""],
    ),
    (
        "/codebuild/output/tmp/script.sh: ./deploy.sh: Permission denied",
        [
            "shell",
            "./deploy.sh: Permission denied",
            "/codebuild/output/tmp/script.sh",
        ],
    ),
    (
        "/codebuild/output/tmp/script.sh: line 4:   812 Killed                  npm run build",
        ["system", "Killed", ""],
    ),
    (
        "<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        ["node", "JavaScript heap out of memory", ""],
    ),
    (
        "curl: (6) Could not resolve host: example.invalid",
        ["network", "(6) Could not resolve host: example.invalid", ""],
    ),
    (
        "unable to prepare context: path \"./src\" not found",
        [
            "",
            "unable to prepare context: path \"./src\" not found",
            "",
        ],
    ),
];

#[test]
fn names_and_numbers_of_failed_tests_are_gathered() {
    for (output, names, count) in [
        (
            "test a::b ... FAILED\ntest a::c ... FAILED\ntest result: FAILED. 1 passed; 2 failed; 0 ignored",
            vec!["a::b", "a::c"],
            Some(2),
        ),
        (
            "FAILED tests/test_a.py::test_x - assert 1 == 2\nERROR tests/test_b.py\n== 1 failed, 3 passed, 1 error in 0.3s ==",
            vec!["tests/test_a.py::test_x", "tests/test_b.py"],
            Some(1),
        ),
        (
            "--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)",
            vec!["TestA", "TestA/b"],
            None,
        ),
        (
            "  ● Sum › adds\n  ● Sum › adds\nTests:       1 failed, 3 total",
            vec!["Sum › adds"],
            Some(1),
        ),
    ] {
        let found = explained(output);
        assert_eq!(found.failed_tests, names);
        assert_eq!(found.why.unwrap().failed_tests, count);
    }
}

#[test]
fn the_surest_words_win_and_the_rest_is_kept_beside() {
    let found = explained(
        "something failed\na.c:1:1: error: one\nb.c:2:1: error: two\nmake: *** [x] Error 1",
    );
    let why = found.why.unwrap();
    assert_eq!(
        (why.text.as_str(), why.confidence, why.line),
        ("one", Confidence::Sure, LineNo(3))
    );
    assert_eq!(
        found
            .further
            .iter()
            .map(|why| why.text.as_str())
            .collect::<Vec<_>>(),
        ["two"]
    );
    assert_eq!(found.exit, Some(101));
    assert_eq!(
        (found.phase.as_deref(), found.command.as_deref()),
        (Some("BUILD"), Some("make"))
    );
    assert_eq!(found.around, 2..7);
    assert_eq!(
        explained("step 1 failed\nstep 2 failed")
            .why
            .unwrap()
            .confidence,
        Confidence::Unsure
    );
}

#[test]
fn where_nothing_speaks_the_last_lines_stand() {
    let many = (0..40)
        .map(|line| format!("line {line}"))
        .collect::<Vec<_>>()
        .join("\n");
    let found = explained(&format!("{many}\n12 passed; 0 failed"));
    assert_eq!(found.why, None);
    assert_eq!(found.around, 30..44);
    assert_eq!(find(&LogSnapshot::default(), &FoldIndex::default()), None);
    let empty = explain(&LogSnapshot::default(), &FoldIndex::default());
    assert_eq!((empty.why, empty.around), (None, 0..0));
}

#[test]
fn a_build_that_was_cut_off_is_read_where_it_ran() {
    let mut buffer = LogBuffer::default();
    for line in [
        "[Container] 2026/11/23 02:04:09 Entering phase BUILD",
        "[Container] 2026/11/23 02:04:09 Running command ./wait.sh",
        "waiting for db",
        "connect ECONNREFUSED 127.0.0.1:5432",
    ] {
        buffer.append(0, line);
    }
    let log = buffer.snapshot();
    let index = FoldIndex::of(&log);
    let found = explain(&log, &index);
    assert_eq!(found.command.as_deref(), Some("./wait.sh"));
    assert_eq!(found.why.unwrap().line, LineNo(3));
}
