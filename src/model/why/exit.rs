//! What a command's exit status means, in words.

/// The exit status in the container's words: `… exit status 137` at the end of a line or a context's message.
pub fn status_in(text: &str) -> Option<i32> {
    let (_, rest) = text.rsplit_once("exit status ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What it means, where more than "it failed" is known.
pub const fn words(status: i32) -> Option<&'static str> {
    Some(match status {
        2 => "the shell or the tool did not understand what it was told, or make failed",
        124 => "it ran longer than `timeout` allowed",
        125 => "the container could not be started",
        126 => "the file is there and cannot be run",
        127 => "no such command",
        130 => "interrupted (SIGINT)",
        134 => "it aborted itself (SIGABRT)",
        135 => "a bus error (SIGBUS)",
        136 => "an arithmetic error (SIGFPE)",
        137 => "killed (SIGKILL), mostly because memory ran out",
        139 => "a segmentation fault (SIGSEGV)",
        141 => "what it wrote to had closed (SIGPIPE)",
        143 => "ended from outside (SIGTERM)",
        254 => "the AWS command line could not carry out the call",
        255 => "an error beyond what the tool counts, or ssh failed",
        _ => return None,
    })
}

/// What a person can do, where the status alone tells.
pub const fn hint(status: i32) -> &'static str {
    match status {
        124 => {
            "Give it more time, or find what it waits for: the log's last lines tell where it stood."
        }
        126 => {
            "Give the file the right to be run (chmod +x), and look at its first line and its processor."
        }
        127 => {
            "The image of the project has no such program: install it in the install phase, or choose another image."
        }
        137 => {
            "Use a larger compute type, or let the tool use less memory (fewer jobs side by side, a smaller heap)."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_what_the_container_says() {
        let said = "Error while executing command: pytest tests/. Reason: exit status 137";
        assert_eq!(status_in(said), Some(137));
        assert_eq!(
            status_in("Command did not exit successfully exit status 1 exit status 2"),
            Some(2)
        );
        assert_eq!(status_in("exit status unknown"), None);
        assert_eq!(status_in("all fine"), None);
    }

    #[test]
    fn what_needs_a_hint_has_words_too() {
        for status in 0..=255 {
            assert!(
                hint(status).is_empty() || words(status).is_some(),
                "{status}"
            );
        }
        assert_eq!(words(1), None);
    }
}
