//! Files and keys as people save, mail and type them, read alike by everything that takes them (row 59).

use crate::support::{Cut, Database, ProcessOffice, said_no};
use serde_json::json;
use std::path::PathBuf;

/// A text as editors and mail programs save it.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let folded = |width: usize, before: &str, end: &str| {
        let fold = |line: &str| {
            let chars: Vec<char> = line.chars().collect();
            let piece = |piece: &[char]| format!("{before}{}", piece.iter().collect::<String>());
            chars.chunks(width).map(piece).collect::<Vec<_>>().join(end)
        };
        text.lines().map(fold).collect::<Vec<_>>().join("\r\n")
    };
    let utf_16 =
        |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let (little, big) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
    let code_page = text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0xcb));
    let mail = |body: &str| {
        format!(
            "From: it@romashka.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; \
             charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n"
        )
    };
    vec![
        ("as it is", text.into()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into()),
        ("UTF-16 LE with a mark", [&[0xff, 0xfe], little.as_slice()].concat()),
        ("UTF-16 BE with a mark", [&[0xfe, 0xff], big.as_slice()].concat()),
        ("UTF-16 LE", little),
        ("UTF-16 BE", big),
        ("windows-1251", code_page.collect()),
        ("answered", folded(74, "> ", "\r\n").into()),
        ("folded at 76", folded(76, "", "\r\n").into()),
        ("quoted-printable", mail(&folded(75, "", "=\r\n")).into()),
        ("zero-width spaces", folded(40, "\u{200b}", "\r\n").into()),
        ("carriage returns", text.replace('\n', "\r").into()),
        ("Ctrl-Z", format!("{text}\u{1a}").into()),
    ]
}

/// A site and the file of roots that it was given.
fn site(office: &ProcessOffice, name: &str) -> (Cut, PathBuf) {
    let site = Cut::new(&office.folder.path().join(name));
    let roots = site.file("roots.json");
    std::fs::write(&roots, office.run("keys export")).unwrap();
    (site, roots)
}

#[test]
fn every_form_of_a_file_is_read_by_everything_that_takes_it() {
    let office = ProcessOffice::start(Database::Sqlite);
    let (site, roots) = site(&office, "site");
    let customer = office.customer();
    let path = roots.to_str().unwrap().to_owned();
    let key = customer.activation_key.as_str();
    let activate = ["activate", "--roots", &path, "--activation-key", key, "--name", "pbx"];
    let request = format!("Запрос установки\n{}", site.request(&activate));
    let bare = licentia_license::unarmour(&request).unwrap();
    let file = site.file("carried.txt");
    let name = file.to_str().unwrap();
    let mut answer = String::new();
    for asked in [&request, &bare] {
        for (form, bytes) in forms(asked) {
            std::fs::write(&file, &bytes).unwrap();
            answer = office.run(&format!("answer {name}"));
            let page = office.server.api.hand_in_file(&bytes);
            assert_eq!(page.status, 200, "{form}: {}", page.text);
            let license = page.carried_license();
            assert_eq!(license, licentia_license::unarmour(&answer).unwrap(), "{form}");
            if let Ok(pasted) = String::from_utf8(bytes) {
                let page = office.server.api.hand_in(&pasted, &[]);
                assert_eq!(page.carried_license(), license, "{form}");
            }
        }
    }
    let license = licentia_license::unarmour(&answer).unwrap();
    for carried in [&answer, &license] {
        for (form, bytes) in forms(carried) {
            std::fs::write(&file, &bytes).unwrap();
            let verified = site.run(&["verify", name, "--roots", &path]);
            assert_eq!(verified["license"]["user_accounts"], 20, "{form}");
            let accepted = site.run(&["accept", name]);
            assert_eq!(accepted["license"]["user_accounts"], 20, "{form}");
            assert_eq!(site.run(&["verify", name])["valid"], true, "{form}");
        }
    }
    std::fs::write(&file, &license).unwrap();
    let exported = std::fs::read_to_string(&roots).unwrap();
    for (form, bytes) in forms(&format!("Корневые ключи:\n{exported}")) {
        std::fs::write(&roots, bytes).unwrap();
        let verified = site.run(&["verify", name, "--roots", &path]);
        assert_eq!(verified["valid"], true, "{form}");
    }
}

#[test]
fn every_form_of_an_activation_key_activates_at_the_client_the_page_and_the_command() {
    let office = ProcessOffice::start(Database::Sqlite);
    let customer = office.customer_with(&json!({"places": 20}));
    let bought = crate::support::order("2014-1", 20);
    office.api.post(&customer.path("purchases"), &bought).expect(201);
    let key = &customer.activation_key;
    let chars: Vec<char> = key.chars().collect();
    let grouped = chars.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>();
    let grouped = grouped.join("-");
    let cyrillic: String = grouped
        .chars()
        .map(|c| "ABCEHKMOPTXY".find(c).map_or(c, |at| "АВСЕНКМОРТХУ".chars().nth(at).unwrap()))
        .collect();
    let typed = [
        cyrillic,
        grouped.replace('-', "\u{2011}"),
        grouped.replace('-', " \u{2212} "),
        format!("«{grouped}»,"),
        format!("“{}”.", grouped.replace('-', "-\u{200b}")),
        grouped.replace('I', "l"),
        grouped.to_lowercase(),
    ];
    for (n, typed) in typed.iter().enumerate() {
        // As the client sends it over the network, and as the installation of another vendor's making
        // would: the key untouched in the statement.
        let (site, roots) = site(&office, &format!("site-{n}"));
        let (name, roots) = (format!("pbx-{n}"), roots.to_str().unwrap().to_owned());
        let activate = ["activate", "--roots", &roots, "--activation-key", typed, "--name", &name];
        let request = site.request(&activate);
        office.server.api.hand_in(&request, &[]).carried_license();
        let mut as_typed = customer.clone();
        as_typed.activation_key.clone_from(typed);
        if n % 2 == 0 {
            office.activated(&as_typed, &format!("raw-{n}"));
        }
    }
}

#[test]
fn a_file_that_holds_no_request_is_refused_in_words_that_say_what_it_is() {
    let office = ProcessOffice::start(Database::Sqlite);
    let folder = office.folder.path().to_owned();
    let armour =
        licentia_license::armour("LICENSE REQUEST", "words", "eyJhbGciOiJFZERTQSJ9.e30.AA");
    let torn = armour.split("-----END").next().unwrap().to_owned();
    for (bytes, page, command) in [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "a PDF, an archive", "PDF document"),
        (b"PK\x03\x04\x14\x00\x06\x00word/document.xml".to_vec(), "a PDF, an archive", "archive"),
        (torn.into_bytes(), "Its end is missing", "its end is missing"),
        ("Добрый день!".as_bytes().to_vec(), "The text holds no request", "no license or request"),
        (office.run("keys export").into_bytes(), "the file of root keys", "root keys"),
        (b"<!DOCTYPE html><p>Sign in</p>".to_vec(), "a web page", "web page"),
    ] {
        let refused = office.server.api.hand_in_file(&bytes);
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains(page), "{page}: {}", refused.text);
        let file = folder.join("handed-in");
        std::fs::write(&file, bytes).unwrap();
        let output = office.command(&format!("answer {}", file.display())).output().unwrap();
        let said = said_no(&output);
        assert!(said.contains(command), "{command}: {said}");
    }
}
