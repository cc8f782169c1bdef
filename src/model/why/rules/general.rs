//! The system and the shell, and the words that any tool may use.

use super::super::rule::Rule;

const MEMORY: &str =
    "The machine ran out of memory. Use a larger compute type, or let the tool use less.";
const DISK: &str = "The disk is full. Use a larger compute type, or remove what is not needed (images, caches) before this step.";

/// Of the system and the shell: no tool's own word means more.
pub const SYSTEM: &[Rule] = &[
    Rule::cause("system", r"^(?P<text>.*(?i:no space left on device).*)").hint(DISK),
    Rule::cause("node", r"(?P<text>JavaScript heap out of memory)")
        .hint("Node's heap is full: set NODE_OPTIONS=--max-old-space-size to what the machine has, or use a larger compute type."),
    Rule::cause("java", r"(?P<text>java\.lang\.OutOfMemoryError.*)")
        .hint("The heap of the virtual machine is full: raise -Xmx within what the compute type has."),
    Rule::cause("system", r"(?P<text>(?i:cannot allocate memory|out of memory|oom-?kill).*)").hint(MEMORY),
    Rule::cause("system", r"^(?:\S+: line \d+:\s+\d+ )?(?P<text>Killed)(?:\s{2,}.*)?$").hint(MEMORY),
    Rule::cause("system", r"(?P<text>Segmentation fault.*)"),
    Rule::cause("shell", r"^(?:\S*/)?(?:ba|da|z|k)?sh: (?:line \d+: |\d+: )?(?:\S+: (?:line )?\d+: )?(?P<text>.+: (?:command )?not found)$")
        .hint("The image of the project has no such program: install it in the install phase, or choose another image."),
    Rule::cause("shell", r"^(?P<file>\S+): (?:line )?(?P<line>\d+): (?P<text>.+: (?:command )?not found)$")
        .hint("The image of the project has no such program: install it in the install phase, or choose another image."),
    Rule::cause("shell", r"^(?P<text>.+: command not found)$")
        .hint("The image of the project has no such program: install it in the install phase, or choose another image."),
    Rule::cause("shell", r"^(?P<file>\S+): (?:line )?(?P<line>\d+): (?P<text>.+: unbound variable)$")
        .hint("A variable the script counts on is not set in this build."),
    Rule::cause("shell", r"^(?P<file>\S*sh): (?:-c: )?(?:(?:line )?(?P<line>\d+): )?(?P<text>.*[Ss]yntax error.*)$"),
    Rule::cause("shell", r"^(?P<file>\S*sh): (?:(?:line )?(?P<line>\d+): )?(?P<text>.+: Permission denied)$")
        .hint("The file is there and may not be run: give it the right (chmod +x, or git update-index --chmod=+x)."),
    Rule::cause("shell", r"(?P<text>exec format error.*)")
        .hint("A program or an image for another processor: an ARM build needs ARM images, or the other way round."),
    Rule::cause("shell", r"^(?:(?P<file>\S*sh): (?:(?:line )?(?P<line>\d+): )?|(?:cat|cp|mv|ls|cd|chmod|source|rm|tar|unzip|find|sed): )(?P<text>.+: No such file or directory)$"),
    Rule::cause("network", r"^(?:curl: )(?P<text>\(\d+\) .+)$"),
    Rule::cause("network", r"^(?:\d{4}-\S+ \S+ )?(?P<text>ERROR \d{3}: .+)$"),
    Rule::cause("network", r"^wget: (?P<text>.+)$"),
    Rule::cause("network", r"(?P<text>(?:Could not resolve host|Temporary failure in name resolution|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)).*)")
        .hint("A name could not be resolved. In a VPC the project needs a route out, by a NAT gateway or an endpoint."),
    Rule::cause("network", r"(?P<text>(?i:certificate verify failed|x509: certificate|self[- ]signed certificate|unable to get local issuer certificate).*)")
        .hint("The certificate of the other side is not trusted in this image."),
    Rule::said("network", r"(?P<text>(?:[Cc]onnection (?:refused|timed out|reset by peer)|ECONNREFUSED|ETIMEDOUT|ECONNRESET).*)"),
];

/// What is tried last.
pub const RULES: &[Rule] = &[
    Rule::said(
        "log",
        r"^(?:\S+ ){0,3}\[?(?:FATAL|CRITICAL|SEVERE)\]?(?:[ :]|$)(?P<text>.*)",
    ),
    Rule::said(
        "",
        r"^\s*(?:error|ERROR|Error|fatal|FATAL)(?:\[\w+\]| \w{1,12}\d+)?: (?P<text>.+)",
    ),
    Rule::said("log", r"^(?:\S+ ){0,3}\[?ERROR\]?[ :]+(?P<text>.+)"),
    Rule::said("", r"(?::|^) (?:fatal )?error: (?P<text>.+)"),
    Rule::vague(
        "",
        r"(?i)^(?P<text>.*\b(?:failed|failure|fatal|error|errors)\b.*)$",
    ),
    Rule::vague(
        "",
        r"(?i)^(?P<text>.*\b(?:cannot|can't|could not|unable to|denied|not found|no such|timed out|timeout|refused|invalid|missing)\b.*)$",
    ),
    Rule::vague("", r"^(?P<text>.*(?:✗|✘|✖|❌).*)$"),
];
