//! Tests of the masks on the formats that tools really write; every value is made up.

use super::*;

/// Puts a made-up value together, so that no scanner of source code takes this file for a leak.
fn token(prefix: &str, length: usize) -> String {
    let letters = "a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ";
    prefix
        .chars()
        .chain(letters.chars().cycle())
        .take(prefix.len() + length)
        .collect()
}

fn upper(prefix: &str) -> String {
    token(prefix, 16).to_uppercase()
}

#[test]
fn every_pattern_compiles() {
    for pattern in PATTERNS {
        assert!(Regex::new(pattern.text).is_ok(), "{}", pattern.text);
    }
    assert!(COMPILED.is_some());
}

#[test]
fn tokens_are_masked_wherever_they_stand() {
    let hex = "0123456789abcdef".repeat(4);
    for secret in [
        upper("AKIA"),
        upper("ASIA"),
        token("IQoJb3JpZ2luX2VjE", 300),
        token("ghp_", 36),
        token("ghs_", 36),
        token("github_pat_", 82),
        token("glpat-", 20),
        token("gldt-", 20),
        token("xoxb-123456789012-1234567890123-", 24),
        token("npm_", 36),
        token("pypi-AgEIcHlwaS5vcmc", 120),
        token("rubygems_", 0) + &"0123456789abcdef".repeat(3),
        token("dckr_pat_", 27),
        token("hvs.", 90),
        token("AIza", 35),
        token("sk_live_", 24),
        token("sk-ant-api03-", 80),
        token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.", 43),
        token("eyJwYXlsb2FkIjoi", 900),
    ] {
        for line in [
            format!("using {secret} now"),
            secret.clone(),
            format!("TOKEN=\"{secret}\""),
        ] {
            let shown = masked(&line);
            assert!(!shown.contains(&secret), "{line} -> {shown}");
            assert!(shown.contains(MASK), "{line} -> {shown}");
        }
    }
    assert_eq!(
        masked(&format!(
            "Credential={}/20261123/eu-west-1, Signature={hex}",
            upper("AKIA")
        )),
        "Credential=****, Signature=****"
    );
}

#[test]
fn what_has_no_looks_of_its_own_is_known_by_its_name() {
    let key = token("", 40);
    for (line, shown) in [
        (format!("aws_secret_access_key = {key}"), "aws_secret_access_key = ****"),
        (format!("export AWS_SECRET_ACCESS_KEY={key}"), "export AWS_SECRET_ACCESS_KEY=****"),
        (format!("    \"SecretAccessKey\": \"{key}\","), "    \"SecretAccessKey\": \"****\","),
        (format!("{},{key}", upper("AKIA")), "****,****"),
        ("DB_PASSWORD=hunter2".to_owned(), "DB_PASSWORD=****"),
        ("mysql://root:hunter2@db.internal:3306/app".to_owned(), "mysql://root:****@db.internal:3306/app"),
        ("redis://:hunter2@cache:6379/0".to_owned(), "redis://:****@cache:6379/0"),
        ("docker login -u ci -p hunter2 registry.example".to_owned(), "docker login -u ci -p **** registry.example"),
        ("curl -u admin:hunter2 https://x.example".to_owned(), "curl -u admin:**** https://x.example"),
        ("> Authorization: Basic YWRtaW46aHVudGVyMg==".to_owned(), "> Authorization: Basic ****"),
        ("curl -H 'Authorization: Bearer abc123def456ghi7'".to_owned(), "curl -H 'Authorization: Bearer ****'"),
        ("{\"user\":\"ci\",\"password\":\"hunter2\"}".to_owned(), "{\"user\":\"ci\",\"password\":\"****\"}"),
        ("{\\\"password\\\":\\\"hunter2\\\"}".to_owned(), "{\\\"password\\\":\\\"****\\\"}"),
        ("//registry.npmjs.org/:_authToken=0a1b2c3d".to_owned(), "//registry.npmjs.org/:_authToken=****"),
        ("  password: hunter2".to_owned(), "  password: ****"),
        ("sonar-scanner --token abc123 --host x".to_owned(), "sonar-scanner --token **** --host x"),
        ("Set-Cookie: session=abc; Path=/".to_owned(), "Set-Cookie: ****"),
        (
            "GET /x?X-Amz-Security-Token=abcdefghijklmnop1234&X-Amz-Signature=abcdef0123456789abcdef HTTP/1.1".to_owned(),
            "GET /x?X-Amz-Security-Token=****&X-Amz-Signature=**** HTTP/1.1",
        ),
        (
            "https://hooks.slack.com/services/T00000000/B00000000/a1B2c3D4e5F6g7H8i9J0kLmN".to_owned(),
            "https://hooks.slack.com/services/****",
        ),
        (
            "key: -----BEGIN RSA PRIVATE KEY-----\\nMIIEabc\\n-----END RSA PRIVATE KEY-----\\n".to_owned(),
            "key: -----BEGIN RSA PRIVATE KEY-----****-----END RSA PRIVATE KEY-----\\n",
        ),
    ] {
        assert_eq!(masked(&line), shown);
        assert_eq!(masked(shown), shown, "a masked line stays as it is");
    }
}

#[test]
fn ordinary_lines_are_left_alone() {
    for line in [
        "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "error: expected one of `!` or `::`, found token `x`",
        "Checking out 3f9c0e12ab34cd56ef7890ab12cd34ef56ab78cd as the commit",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "npm ERR! sha512-cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e==",
        "aws ecr get-login-password | docker login --username AWS --password-stdin 123.dkr.ecr.eu-west-1.amazonaws.com",
        "Using SecretArn arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        "PASSWORD=$DB_PASSWORD TOKEN=${NPM_TOKEN} SECRET=<redacted>",
        "const token = getToken();",
        "token_type=bearer max_tokens=4096 token-count: 12 password_policy: strict tokenizer=cl100k_base",
        "password: required",
        "  token: string",
        "Password authentication failed for user app",
        "Bearer authentication is required here",
        "Downloading https://registry.npmjs.org/js-tokens/-/js-tokens-4.0.0.tgz",
        "git clone git@github.com:acme/app.git ssh://git@host/x",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----MIIB",
        "http://localhost:8080/a@b",
        "Secrets masked: none. secret: false",
        "i18n key=value, keyboard=qwerty, monkey: banana, author=me",
        "NPM_TOKEN=****",
    ] {
        assert_eq!(masked(line), line);
    }
}

#[test]
fn a_private_key_of_many_lines_is_masked_and_ends() {
    let body = token("MIIEpAIBAAKCAQEA", 48);
    let text = [
        "loading",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        &body,
        &body,
        "ab12==",
        "-----END RSA PRIVATE KEY-----",
        "done",
        &body,
    ];
    let below = |line: usize| masked_below(text[line], text[..line].iter().rev());
    let shown: Vec<_> = (0..text.len()).map(below).collect();
    assert_eq!(shown[2..6], [MASK; 4]);
    for line in [0, 1, 6, 7, 8] {
        assert_eq!(shown[line], text[line]);
    }
    for (line, masked) in [(3, true), (5, true), (6, false), (7, false), (8, false)] {
        let before = text[..line].iter().rev();
        assert_eq!(is_in_private_key(text[line], before), masked, "{line}");
    }
    // A block that was broken off hides nothing of what follows.
    let error = "error: cannot read the key";
    assert_eq!(
        masked_below(error, ["-----BEGIN OPENSSH PRIVATE KEY-----"]),
        error
    );
}

#[test]
fn a_private_key_is_masked_in_colours_and_behind_what_stands_before_lines() {
    let body = token("MIIEpAIBAAKCAQEA", 48);
    for frame in [
        "",
        "#12 0.345 ",
        "2026-11-25T18:51:44.123Z ",
        "[Container] 2026/11/25 18:51:44.123456 ",
        "[18:51:44] ",
        "web-1  | ",
        "\u{1b}[32m",
        "#12 0.345 \u{1b}[32m",
    ] {
        let text = [
            format!("{frame}-----BEGIN PRIVATE KEY-----"),
            format!("{frame}Proc-Type: 4,ENCRYPTED"),
            frame.to_owned(),
            format!("{frame}{body}"),
            format!("{frame}{body}\u{1b}[0m"),
        ];
        let before = text[..4].iter().rev();
        assert!(is_in_private_key(&text[4], before), "{frame}");
        assert!(!masked_text(&text.join("\n")).contains(&body), "{frame}");
    }
}

#[test]
fn a_secret_right_behind_a_colour_is_masked() {
    let key = upper("AKIA");
    let said = masked_text(&format!("key\n\u{1b}[32m{key}\u{1b}[0m"));
    assert_eq!(said, format!("key\n{MASK}"));
}

#[test]
fn a_long_line_is_masked_to_its_end() {
    let line = format!(
        "{} {} {}",
        "x".repeat(100_000),
        upper("AKIA"),
        "=:".repeat(50_000)
    );
    assert!(secrets(&line).eq(std::iter::once(100_001..100_021)));
}

proptest::proptest! {
    #[test]
    fn ranges_are_in_order_and_masking_twice_changes_nothing(
        line in "((AKIA|ghp_|password=|token: |Bearer |://u:|@|eyJ|-----BEGIN PRIVATE KEY-----|[A-Za-z0-9]{1,40}| |\"|'|=|\\PC)){0,30}"
    ) {
        let mut last = 0;
        for range in secrets(&line) {
            proptest::prop_assert!(range.start >= last && range.start < range.end && range.end <= line.len());
            proptest::prop_assert!(line.is_char_boundary(range.start) && line.is_char_boundary(range.end));
            last = range.end;
        }
        let once = masked(&line).into_owned();
        proptest::prop_assert_eq!(masked(&once).into_owned(), once.clone());
    }
}

proptest::proptest! {
    #[test]
    fn no_pattern_matches_where_its_hint_does_not(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "password", "TOKEN", "a", "_", "x-1.y", "0", "=", ":=", " => ", ": ", ":", "\"", "'", "\\", " ", "--", "https://", "://",
                "@", "user", "hunter2", "é", ",", ";", "- ",
            ]),
            0..12,
        ),
    ) {
        let line = pieces.concat();
        let compiled = COMPILED.as_ref().unwrap();
        let hinted: Vec<_> = compiled.any.matches(line.as_bytes()).into_iter().collect();
        for (index, (pattern, _)) in compiled.each.iter().enumerate() {
            proptest::prop_assert!(!pattern.is_match(&line) || hinted.contains(&index), "{line:?}");
        }
    }
}
