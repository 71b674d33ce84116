use super::*;

/// As long as a real one.
fn token(letter: char) -> String {
    let part = |length| letter.to_string().repeat(length);
    format!("eyJhbGciOiJFZERTQSJ9{}.eyJpc3MiOiJodHRwczov{}.{}", part(300), part(700), part(86))
}

fn folded(text: &str, width: usize, before: &str, end: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let fold = |line: &str| {
        let chars: Vec<char> = line.chars().collect();
        let pieces = chars.chunks(width).map(|piece| piece.iter().collect::<String>());
        pieces.map(|piece| format!("{before}{piece}")).collect::<Vec<_>>().join(end)
    };
    lines.into_iter().map(fold).collect::<Vec<_>>().join("\r\n")
}

/// A saved mail of one part.
fn mail(encoding: &str, body: &str) -> String {
    format!(
        "From: a@example.org\r\nSubject: =?utf-8?B?0JvQuNGG0LXQvdC30LjRjw==?=\r\n\
         Content-Type: text/plain; charset=\"utf-8\"\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
    )
}

#[test]
fn a_token_is_found_in_what_editors_and_mail_programs_make_of_it() {
    let token = token('a');
    let armoured = armour("LICENSE", "Лицензия – для ООО «Ромашка»", &token);
    let base64 = STANDARD.encode(&armoured);
    let html = format!("<html><body>{}</body></html>", armoured.replace('\n', "<br>\r\n"));
    let both = format!("{armoured}\r\n--part\r\nContent-Type: text/html\r\n\r\n{html}");
    for (what, text) in [
        ("armoured", armoured.clone()),
        ("bare", token.clone()),
        ("bare, with spaces around it", format!("\u{feff} \r\n{token}\r\n\u{1a}")),
        ("bare among words", format!("Вот лицензия: {token}.\nBest regards\nAnna")),
        (
            "bare, folded among words",
            folded(&format!("Here it is\n{token}\nRegards"), 76, "", "\n"),
        ),
        ("bare, answered", folded(&token, 74, "> ", "\r\n")),
        ("carriage returns", armoured.replace('\n', "\r")),
        ("all in one line", armoured.replace('\n', " ")),
        ("folded", folded(&armoured, 76, "", "\r\n ")),
        ("answered", folded(&armoured, 74, "> ", "\r\n")),
        ("answered twice", folded(&armoured, 72, "> > ", "\r\n")),
        ("Ctrl-Z", format!("{armoured}\u{1a}")),
        ("zero-width spaces", folded(&armoured, 40, "\u{200b}", "\r\n")),
        ("en dashes", armoured.replace("-----", "–--–")),
        ("quoted-printable", mail("quoted-printable", &folded(&armoured, 75, "", "=\r\n"))),
        ("quoted-printable, encoded", mail("quoted-printable", &armoured.replace('.', "=2E"))),
        ("base64", mail("base64", &folded(&base64, 76, "", "\r\n"))),
        ("HTML", html),
        ("plain and HTML", both),
        ("twice the same", format!("{armoured}\n{armoured}")),
    ] {
        assert_eq!(unarmour(&text).as_ref(), Ok(&token), "{what}: {text}");
    }
}

#[test]
fn where_there_is_no_token_the_error_says_what_the_text_looks_like() {
    let armoured = armour("LICENSE", "words", &token('a'));
    let roots = r#"{"issuer": "https://example.org", "roots": []}"#;
    for (text, contents) in [
        (" \u{feff}\r\n\u{1a}".to_owned(), Contents::Empty),
        (armoured[..armoured.len() - 10].to_owned(), Contents::Torn),
        (armoured.replace("END LICENSE", "END REQUEST"), Contents::Torn),
        (armoured.clone() + &armour("LICENSE", "", &token('b')), Contents::Several),
        (format!("{} {}", token('a'), token('b')), Contents::Several),
        ("%PDF-1.7 \u{fffd}".to_owned(), Contents::Pdf),
        ("PK\u{3}\u{4} word/document.xml".to_owned(), Contents::Archive),
        (decode_text(b"\x89PNG\r\n\x1a\n IHDR"), Contents::Picture),
        (decode_text(b"\xff\xd8\xff\xe0\x10JFIF"), Contents::Picture),
        ("<!DOCTYPE html><p>Sign in</p>".to_owned(), Contents::WebPage),
        (roots.to_owned(), Contents::Roots),
        ("Добрый день, лицензия во вложении".to_owned(), Contents::Words),
    ] {
        assert_eq!(unarmour(&text), Err(Error::NoToken(contents)), "{text}");
    }
}

#[test]
fn a_word_that_is_no_token_is_left_to_the_reader_of_tokens() {
    assert_eq!(unarmour(" a.b \n").as_deref(), Ok("a.b"));
}

#[test]
fn the_work_of_reading_does_not_grow_with_the_square_of_the_text() {
    let begun = "-BEGIN A-\n".repeat(16);
    let markers = |size: usize| format!("{begun}{}-END B-", "END ".repeat(size / 4));
    let words = |size: usize| format!("eyJ{}", " a".repeat(size / 2));
    let dots = |size: usize| format!("eyJ.a.{}", " .".repeat(size / 2));
    let parts = |size: usize| {
        let headers = "Content-Transfer-Encoding: base64\n".repeat(16);
        format!("{headers}\n{}", STANDARD.encode(markers(size)))
    };
    // Texts of one MiB, as a client reads them: what is quadratic takes hours here.
    for text in [markers(1 << 20), words(1 << 20), dots(1 << 20), parts(1 << 20)] {
        assert!(unarmour(&text).is_err());
    }
}

#[test]
fn two_requests_in_the_parts_of_a_mail_are_not_one() {
    let token = |seed: &str| format!("eyJ{seed}.eyJ.{}", "A".repeat(86));
    let part = |token: &str| {
        let body = STANDARD.encode(armour("REQUEST", "words", token));
        format!("--x\nContent-Transfer-Encoding: base64\n\n{body}\n")
    };
    let (one, other) = (token("a"), token("b"));
    assert_eq!(unarmour(&format!("{}{}", part(&one), part(&one))), Ok(one.clone()));
    let both = unarmour(&format!("{}{}", part(&one), part(&other)));
    assert_eq!(both, Err(Error::NoToken(Contents::Several)));
}
