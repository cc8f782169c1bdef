//! JavaScript, Python, Ruby and PHP: their compilers, linters and what they say when they end.

use super::super::rule::{Join, Place, Rule};

pub const RULES: &[Rule] = &[
    // TypeScript and what bundles it.
    Rule::cause("tsc", r"^(?P<file>[^\s(]+\.[cm]?[jt]sx?)\((?P<line>\d+),\d+\): error TS\d+: (?P<text>.+)"),
    Rule::cause("tsc", r"^(?:Error: )?(?P<file>[^\s:]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+ - error (?:TS|NG)-?\d+: (?P<text>.+)"),
    Rule::cause("tsc", r"^error TS\d+: (?P<text>.+)"),
    Rule::cause("tsc", r"^Type error: (?P<text>.+)").placed(Place::Above),
    Rule::cause("eslint", r"^\s+(?P<line>\d+):\d+\s+error\s+(?P<text>.+?)(?:\s{2,}[\w@/-]+)?$").placed(Place::Above),
    Rule::cause("biome", r"^(?P<file>\S+\.\w+):(?P<line>\d+):\d+ lint/\S+"),
    Rule::cause("prettier", r"^\[warn\] (?P<text>Code style issues (?:found|detected) in .+)")
        .hint("The code is not formatted: run `prettier --write`."),
    Rule::cause("webpack", r"^(?P<text>Module (?:not found|build failed|parse failed).*)"),
    Rule::said("webpack", r"^ERROR in (?P<text>.+)").joined(Join::Next),
    Rule::cause("esbuild", r"^\s*(?:✘|X) \[ERROR\] (?P<text>.+)").placed(Place::Below),
    Rule::said("vite", r"^(?:x Build failed in .+|error during build:)$").joined(Join::Next),
    Rule::said("next", r"^(?P<text>Failed to compile\.?)$").joined(Join::Next),
    Rule::effect("eslint", r"^\s*✖ (?P<text>\d+ problems? .+)"),
    Rule::effect("tsc", r"^(?P<text>Found \d+ errors?.*)"),

    // Node.
    Rule::cause("node", r"^(?:Uncaught )?(?P<text>Error: Cannot find module .+)")
        .hint("A package that is not installed here: is it in package.json, and did the install step run?"),
    Rule::cause("node", r"^(?P<text>Error \[ERR_MODULE_NOT_FOUND\]: .+)"),
    Rule::cause("node", r"^(?:Uncaught )?(?P<text>(?:Reference|Range|URI|Eval|Aggregate)Error(?: \[\w+\])?: .+|(?:Type|Syntax)Error(?: \[\w+\]: .+|: (?:Cannot |Unexpected |Invalid |.* is not (?:a function|a constructor|iterable|defined|an object)).*))").placed(Place::Below),
    Rule::cause("", r"^\s*(?P<text>Assertion(?: \w+)?Error(?: \[\w+\])?: .+)").placed(Place::Below),

    // Python.
    Rule::effect("python", r"^(?P<text>Traceback \(most recent call last\):)"),
    Rule::cause("python", r"^(?P<text>(?:ModuleNotFoundError|ImportError): .+)").placed(Place::Above)
        .hint("A module that is not installed here: is it among the requirements, and did the install step run in this environment?"),
    Rule::cause("python", r"^(?P<text>(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Timeout|Fault)(?:: .*)?)$").placed(Place::Above),
    Rule::cause("mypy", r"^(?P<file>[^\s:]+\.pyi?):(?P<line>\d+):(?:\d+:)? error: (?P<text>.+)"),
    Rule::cause("flake8", r"^(?P<file>[^\s:]+\.py):(?P<line>\d+):\d+: (?P<text>[A-Z]{1,3}\d{3,4} .+)"),
    Rule::cause("black", r"^would reformat (?P<file>.+\.py)$").hint("The code is not formatted: run `black`."),

    // Ruby.
    Rule::cause("ruby", r"^(?:\S+ )?(?P<file>[^\s:]+\.rb|\S*[Rr]akefile):(?P<line>\d+):in .+: (?P<text>.+ \([A-Z]\w*(?:::\w+)*\))$"),
    Rule::cause("rubocop", r"^(?P<file>\S+\.rb):(?P<line>\d+):\d+: [CWEF]: (?P<text>.+)"),
    Rule::said("rake", r"^(?P<text>rake aborted!)$").joined(Join::Next),

    // PHP.
    Rule::cause("php", r"^(?:PHP )?(?:Fatal|Parse) error:\s+(?P<text>.+?) in (?P<file>\S+?)(?: on line |:)(?P<line>\d+)"),
];
