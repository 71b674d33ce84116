//! CSV: whole, read rightly by spreadsheets, and inert in them (rows 34 and 36).

use crate::support::{
    Browser, Database, TestOffice, accounts, connections, order_of, romashka, support,
};
use licentia::app::Role;
use serde_json::json;

/// More than two slices of 200 that the server reads at a time.
const MANY: usize = 403;

/// A table as a spreadsheet reads it, the headings first.
fn table(text: &str, separator: u8) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, for Excel");
    assert!(text.ends_with("\r\n"));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(Into::into).collect()).collect()
}

on_both_databases! {
    fn the_table_of_customers_has_each_once_with_what_its_license_states(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let licensed = office.customer_with(&json!({"name": "ООО «Лютик; сыновья»", "country": null}));
        let items = [accounts(20), connections(5), support("2014-10-31")];
        office.buy(&licensed, &order_of("2014-0513", &items)).expect(201);
        let mut ids = vec![licensed.id.clone()];
        ids.extend((1..MANY).map(|_| office.customer().id));

        let reply = browser.call("GET", "/customers.csv", None).expect(200);
        assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let rows = table(&reply.text, b',');
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "every row has every cell");
        let found: Vec<&str> = rows[1..].iter().map(|row| row.last().unwrap().as_str()).collect();
        assert_eq!(found, ids);
        let license = office.api.get(&licensed.path("license")).text_at("/id");
        let expected = [
            "ООО «Лютик; сыновья»", "", "Нижегородская область", "Саров", "607190",
            &licensed.email, "ru", "1", "20", "5", "2014-10-31", &license, &licensed.id,
        ];
        assert_eq!(rows[1], expected);
        assert_eq!(rows[2][8..12], ["", "", "", ""], "no license yet");

        let some = browser.call("GET", "/customers.csv?search=%D0%BB%D1%8E%D1%82%D0%B8%D0%BA", None).expect(200);
        assert_eq!(table(&some.text, b',').len(), 2, "the headings, and who was looked for");
        let none = browser.call("GET", "/customers.csv?search=nobody", None).expect(200);
        assert_eq!(table(&none.text, b',').len(), 1, "the headings alone");
    }
}

#[test]
fn a_formula_is_inert_in_every_text_that_is_exported() {
    let office = TestOffice::start(Database::Sqlite);
    let mut browser = Browser::signed_in(&office, Role::Sales);
    let texts = ["name", "country", "region", "city", "postal_code"];
    let starts = ["=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}", "\u{202e}="];
    for (number, start) in starts.iter().enumerate() {
        let formula = format!("{start}1+{number};{start}2,{start}3");
        let mut details = romashka();
        for text in texts {
            details[text] = formula.clone().into();
        }
        details["email"] =
            format!("{}it{number}@romashka.example", ["=", "+", "-"][number % 3]).into();
        office.customer_with(&details);
    }
    for (language, separator) in [("ru", b';'), ("en", b',')] {
        browser.language = language;
        let text = browser.call("GET", "/customers.csv", None).expect(200).text;
        // However the file is split, no cell begins a formula.
        for separator in [separator, b';', b',', b'\t'] {
            let rows = table(&text, separator);
            for cell in rows.iter().skip(1).flatten() {
                let seen = cell.trim_start_matches(|c: char| {
                    c.is_whitespace() || c == '"' || ('\u{202a}'..='\u{202e}').contains(&c)
                });
                assert!(!seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell}");
            }
        }
        let rows = table(&text, separator);
        assert_eq!(rows.len(), 1 + starts.len());
        assert_eq!(rows[1][..5], ["'=1+0;'=2,'=3"; 5], "and it is all there");
        assert_eq!(rows[1][5], "'=it0@romashka.example");
        assert_eq!(rows[1][7], "1", "numbers of ours stay numbers");
    }
}

#[test]
fn no_path_in_a_name_names_a_download() {
    let office = TestOffice::start(Database::Sqlite);
    let browser = Browser::signed_in(&office, Role::Sales);
    let name = "../../etc/passwd\" ; filename=evil.exe";
    let customer = office.customer_with(&json!({"name": name, "city": "..\\..\\x.bat"}));
    office.purchase(&customer, "../../2014", 20);
    let search: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    for path in ["/customers.csv".to_owned(), format!("/customers.csv?search={search}")] {
        let reply = browser.call("GET", &path, None).expect(200);
        let named = reply.header("content-disposition");
        assert_eq!(named, Some("attachment; filename=\"customers.csv\""), "{path}");
        assert_eq!(table(&reply.text, b',').len(), 2, "{path}");
    }
    assert_eq!(office.list("/customers").len(), 1);
}
