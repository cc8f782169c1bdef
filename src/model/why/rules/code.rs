//! Compilers, linkers and what drives them.

use super::super::rule::{Join, Place, Rule};

pub const RULES: &[Rule] = &[
    // Rust.
    Rule::effect("cargo", r"^(?P<text>error: (?:could not compile|aborting due to|test failed, to rerun|(?:\d+ )?targets? failed|process didn't exit successfully|recipe).*)"),
    Rule::cause("rust", r"^thread '.*' (?:\(\d+\) )?panicked at (?P<file>[^:']+):(?P<line>\d+):\d+:?$").joined(Join::NextFirst),
    Rule::cause("rust", r"^thread '.*' panicked at '(?P<text>.*)', (?P<file>[^:]+):(?P<line>\d+):\d+$"),
    Rule::cause("rustc", r"^error\[E\d{4}\]: (?P<text>.+)").placed(Place::Below),
    Rule::cause("cargo", r"^error: (?P<text>(?:failed to (?:select a version|get|load|parse|run custom build|download|fetch|resolve)|no matching package|the lock file|package `|cannot (?:update|install)|toolchain|linking with|linker `|no such (?:command|subcommand)|failed to ).*)")
        .joined(Join::Next),
    Rule::cause("rustfmt", r"^Diff in (?P<file>\S+?):(?P<line>\d+):?$")
        .hint("The code is not formatted: run `cargo fmt`."),

    // C, C++, Swift and others that write as gcc does.
    Rule::effect("linker", r"(?P<text>collect2: (?:fatal )?error: .+|clang(?:\+\+)?: error: linker command failed.*)"),
    Rule::cause("compiler", r"^(?P<file>[^\s:][^:]*\.(?:[cChsSdlymv]|cc|cpp|cxx|c\+\+|hh|hpp|hxx|inc|mm|swift|cu|f90|zig|sv|proto)):(?P<line>\d+):(?:\d+:)? (?:fatal )?error: (?P<text>.+)"),
    Rule::cause("linker", r"(?P<text>undefined (?:reference to|symbols? for|symbol:) .+)"),
    Rule::cause("linker", r"(?:^|/)ld(?:\.\w+)?: (?:error: )?(?P<text>(?:cannot find|library not found|unable to find).+)"),
    Rule::cause("linker", r"(?P<text>multiple definition of .+)"),
    Rule::cause("cmake", r"^CMake Error at (?P<file>[^:]+):(?P<line>\d+) \(.+\):").joined(Join::Next),
    Rule::cause("cmake", r"^CMake Error: (?P<text>.+)"),
    Rule::cause("make", r"^g?make(?:\[\d+\])?: \*\*\* (?P<text>No rule to make target .+)"),
    Rule::cause("make", r"^(?P<file>[^\s:]+):(?P<line>\d+): \*\*\* (?P<text>missing separator.*|.*Stop\.)"),
    Rule::effect("make", r"^g?make(?:\[\d+\])?: \*\*\* (?P<text>.+)"),
    Rule::effect("ninja", r"^(?P<text>ninja: (?:build stopped|error).+)"),
    Rule::effect("ninja", r"^(?P<text>FAILED: \S.*\.(?:o|obj|so|a)\b.*)"),

    // Go.
    Rule::cause("go", r"^(?:vet: )?(?:\./)?(?P<file>[^\s:]+\.go):(?P<line>\d+):\d+: (?P<text>.+)"),
    Rule::cause("go", r"^go: (?P<text>.*(?:not found|unknown revision|missing go\.sum|updates to go\.mod|no required module|invalid version|cannot find|requires go|checksum mismatch|verifying|module lookup disabled).*)"),
    Rule::cause("go", r"(?P<text>no required module provides package .+)"),
    Rule::cause("go", r"^panic: (?P<text>.+)"),
    Rule::cause("go", r"^fatal error: (?P<text>.+)"),
    Rule::effect("go", r"^(?P<text>exit status \d+|FAIL|FAIL\t\S.*)$"),

    // Java and its relatives.
    Rule::cause("javac", r"^(?:\[ERROR\] )?(?P<file>[^\s:]+\.(?:java|scala|groovy)):(?P<line>\d+): error: (?P<text>.+)"),
    Rule::cause("maven", r"^\[ERROR\] (?P<file>[^\s:]+\.\w+):\[(?P<line>\d+),\d+\] (?:error: )?(?P<text>.+)"),
    Rule::cause("kotlin", r"^e: (?:file://)?(?P<file>[^\s:]+):(?:\((?P<line>\d+), \d+\)|\d+:\d+):? (?P<text>.+)"),
    Rule::cause("scala", r"^\[error\] (?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: (?P<text>.+)"),
    Rule::cause("maven", r"^\[ERROR\] .*(?P<text>(?:Could not (?:resolve|find|transfer)|Failed to collect|Non-resolvable parent POM).+)"),
    Rule::cause("gradle", r"(?P<text>(?:Could not (?:resolve |download |get |find \S+:\S+:)|Unsupported class file|Plugin \[id: ).+)"),
    Rule::cause("java", r#"^Exception in thread "[^"]*" (?P<text>.+)"#),
    Rule::cause("java", r"(?P<text>(?:invalid (?:source|target) release|release version \d+ not supported|class file has wrong version).*)")
        .hint("The code is for another version of Java than the image has: choose it under runtime-versions in the buildspec."),
    Rule::effect("maven", r"^\[ERROR\] (?P<text>(?:COMPILATION ERROR|Failed to execute goal|There are test failures|BUILD FAILURE|Failures:|Errors:|Tests run:|-> \[Help|To see the full|Re-run Maven|For more information|After correcting|Please refer|See .+surefire|\[Help).*)"),
    Rule::effect("maven", r"^\[INFO\] (?P<text>BUILD FAILURE)"),
    Rule::effect("gradle", r"^(?P<text>FAILURE: Build (?:failed|completed).*|BUILD FAILED.*|Execution failed for task .+|> Task \S+ FAILED|> There were failing tests.*|> Compilation failed.*)"),
    Rule::said("gradle", r"^\* What went wrong:$").joined(Join::Next),
    Rule::cause("java", r"^(?:\s*)(?:Caused by: )(?P<text>(?:[a-z_]\w*\.)+[A-Z]\w*.*)").last(),
    Rule::cause("java", r"^\s*(?P<text>(?:[a-z_]\w*\.)+[A-Z][\w$]*(?:Exception|Error|Failure)(?:: .*)?)$").placed(Place::Below),

    // .NET.
    Rule::cause("dotnet", r"^\s*(?P<file>[^\s(]+\.\w+)\((?P<line>\d+),\d+\): error (?:CS|FS|BC|CA|SA|MSB|NU|IDE)\d+: (?P<text>.+?)(?: \[.+\])?$"),
    Rule::cause("dotnet", r"error (?:MSB|NETSDK|NU|CS)\d+: (?P<text>.+?)(?: \[.+\])?$"),
    Rule::cause("dotnet", r"^Unhandled exception\. (?P<text>.+)"),
    Rule::effect("dotnet", r"^(?P<text>Build FAILED\.|Test Run Failed\.)$"),
];
