//! Package managers and version control.

use super::super::rule::{Join, Rule};

const LOCK: &str = "The lock file does not fit the manifest: install once on your machine and commit the lock file.";

pub const RULES: &[Rule] = &[
    // npm, yarn, pnpm.
    Rule::cause("npm", r"^npm (?:ERR!|error) (?P<text>.*can only install packages when your package\.json and .+ are in sync.*)").hint(LOCK),
    Rule::cause("npm", r"^npm (?:ERR!|error) (?P<text>(?:Missing: .+ from lock file|Invalid: lock file's .+))").hint(LOCK),
    Rule::cause("npm", r"^npm (?:ERR!|error) (?P<text>Missing script: .+)"),
    Rule::cause("npm", r"^npm (?:ERR!|error) (?:404|notarget|network|ERESOLVE) +(?P<text>\S.+)"),
    Rule::cause("npm", r"^npm (?:ERR!|error) (?P<text>(?:Could not resolve dependency|Conflicting peer dependency|code (?:E401|E403|ENEEDAUTH|EINTEGRITY|ENOSPC|EBADENGINE|EUSAGE)|engine Unsupported|Unable to authenticate|need auth|Incorrect or missing password).*)"),
    Rule::effect("npm", r"^npm (?:ERR!|error) (?P<text>.*)"),
    Rule::effect("npm", r"^(?P<text>npm error Lifecycle script .+)"),
    Rule::effect("yarn", r"^error (?P<text>Command failed with exit code \d+\.?)"),
    Rule::cause("yarn", r"^error (?P<text>Your lockfile needs to be updated.+)").hint(LOCK),
    Rule::cause("yarn", r"^➤ (?P<text>YN0028: .+)").hint(LOCK),
    Rule::cause("yarn", r"^error (?P<text>\S.+)"),
    Rule::said("yarn", r"^➤ (?P<text>YN\d{4}: .*(?:can't|couldn't|failed|Error|not found).*)"),
    Rule::cause("pnpm", r"^\s*(?P<text>ERR_PNPM_OUTDATED_LOCKFILE.+)").hint(LOCK),
    Rule::effect("pnpm", r"^\s*(?P<text>ELIFECYCLE.+|ERR_PNPM_RECURSIVE_\w+.+)"),
    Rule::cause("pnpm", r"^\s*(?P<text>ERR_PNPM_\w+.+)"),

    // Python's.
    Rule::cause("pip", r"^ERROR: (?P<text>(?:No matching distribution found|Could not find a version|Could not install packages|Cannot install|ResolutionImpossible|Failed (?:building wheel|to build)|Could not build wheels|Invalid requirement|Could not open requirements file|Package .+ requires a different Python|.*THESE PACKAGES DO NOT MATCH THE HASHES).*)"),
    Rule::effect("pip", r"^(?:× |error: )(?P<text>(?:subprocess-exited-with-error|metadata-generation-failed).*)"),
    Rule::cause("poetry", r"^(?P<text>(?:pyproject\.toml changed significantly|The lock file is not up to date|poetry\.lock is not up to date).+)").hint(LOCK),
    Rule::cause("uv", r"^\s*(?:error: |× )(?P<text>(?:No solution found|Failed to (?:build|fetch|prepare|download)|The lockfile at).+)").joined(Join::Next),

    // Ruby's and PHP's.
    Rule::cause("bundler", r"^(?P<text>(?:Could not find .+ in (?:any|locally|rubygems).*|Bundler could not find compatible versions.+|An error occurred while installing .+|Your Ruby version is .+, but your Gemfile specified .+|The gemspec for .+))"),
    Rule::cause("composer", r"^(?P<text>Your lock file does not contain a compatible set of packages.*)").hint(LOCK),
    Rule::said("composer", r"^(?P<text>Your requirements could not be resolved to an installable set of packages\.)").joined(Join::Next),
    Rule::cause("composer", r"^\s+- (?P<text>(?:Root composer\.json requires|.+ requires (?:php|ext-)\S+).+)"),

    // The system's.
    Rule::cause("apt", r"^E: (?P<text>(?:Unable to locate package|Package '.+' has no installation candidate|Version '.+' for '.+' was not found).*)")
        .hint("Run `apt-get update` in the same step first; is the name that of this release?"),
    Rule::cause("apt", r"^E: (?P<text>Could not get lock .+)"),
    Rule::effect("apt", r"^E: (?P<text>(?:Sub-process|Some index files failed).+)"),
    Rule::cause("apt", r"^E: (?P<text>.+)"),
    Rule::cause("yum", r"^(?:No package|No match for argument:) (?P<text>.+)"),
    Rule::cause("yum", r"^Error: (?P<text>(?:Unable to find a match|Package:|Failed to download metadata|Nothing to do|Cannot find a valid baseurl).*)"),
    Rule::cause("apk", r"^ERROR: (?P<text>unable to select packages:)").joined(Join::Next),

    // Version control.
    Rule::cause("git", r"^(?:git@\S+: )?(?P<text>Permission denied \(publickey\).*|Host key verification failed\.)")
        .hint("The build has no key for that host: use a connection or a token, or give it a deploy key."),
    Rule::cause("git", r"^fatal: (?P<text>could not read (?:Username|Password) for .+|Authentication failed for .+)")
        .hint("The build has no credentials for that host: set git-credential-helper in the buildspec, or use a token."),
    Rule::effect("git", r"^fatal: (?P<text>(?:Could not read from remote repository|clone of .+ failed|the remote end hung up).*)"),
    Rule::cause("git", r"^fatal: (?P<text>.+)"),
    Rule::cause("git", r"^(?P<text>CONFLICT \(.+\): .+)"),
    Rule::cause("git", r"^error: (?P<text>(?:pathspec|failed to push|Your local changes|src refspec|patch failed).+)"),
    Rule::cause("git", r"^ ! \[(?:remote )?rejected\] +(?P<text>.+)"),
];
