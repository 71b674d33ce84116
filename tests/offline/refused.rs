use super::{DAY, carried};
use crate::support::{InstallationKey, TestOffice, activation, emergency};
use serde_json::json;

on_both_databases! {
    fn a_carried_request_is_refused_in_words_and_changes_nothing(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let good = || carried(&key, &office, &emergency(10));
        let stranger = InstallationKey::new();
        let rows = office.rows().without_progress_of_mails();
        let now = office.now().as_second();
        let tampered = {
            let (good, other) = (good().signed(), good().with("jti", "another").signed());
            let part = |token: &str, at: usize| token.split('.').nth(at).unwrap().to_owned();
            [part(&good, 0), part(&other, 1), part(&good, 2)].join(".")
        };
        for (request, status, words) in [
            (good().with("iat", now - 31 * DAY).with("exp", now - DAY).signed(), 401, "time is over"),
            (good().with("exp", now + 31 * DAY).signed(), 401, "may live 30 days"),
            (good().with("aud", "https://other.example").signed(), 401, "another"),
            (good().unsigned(), 401, "request"),
            (good().signed_by(&stranger), 401, "request"),
            (tampered, 401, "request"),
            (carried(&stranger, &office, &emergency(10)).signed(), 401, "activat"),
            (carried(&stranger, &office, &activation("AAAA", "pbx-2")).signed(), 401, "key"),
            (carried(&stranger, &office, &activation(&customer.activation_key, "pbx-2")).signed(), 409, "place"),
            (carried(&key, &office, &emergency(11)).signed(), 409, "10"),
            ("no request at all".into(), 422, "This is no request"),
            ("-----BEGIN LICENSE REQUEST-----\nAAAA\n".into(), 422, "not complete"),
            ("   ".into(), 422, "There is no request"),
        ] {
            let refused = office.api.hand_in(&request, &[]);
            assert_eq!(refused.status, status, "{words}: {}", refused.text);
            let (_, said) = refused.text.split_once("role=\"alert\"").expect("it says why");
            assert!(said.split("</div>").next().unwrap().contains(words), "{words}: {said}");
            assert!(!refused.text.contains('⟦'), "{}", refused.text);
        }
        assert_eq!(office.rows().without_progress_of_mails(), rows);
    }

    fn a_statement_that_lives_30_days_is_refused_over_the_network(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        for (path, req) in [
            ("/activations", activation(&customer.activation_key, "pbx-2")),
            ("/emergency-licenses", emergency(10)),
            ("/releases", json!({"release": {}})),
        ] {
            let statement = carried(&key, &office, &req).signed();
            let refused = office.api.post_statement(path, &statement).expect(401);
            assert_eq!(refused.code(), "statement-too-long-lived", "{path}");
        }
        let statement = carried(&key, &office, &json!({"license": {}})).signed();
        let refused = office.api.with_token(&statement).get("/license").expect(401);
        assert_eq!(refused.code(), "statement-too-long-lived");
    }
}

#[test]
fn names_with_a_line_break_are_refused_and_marks_of_direction_stay_out_of_the_answer() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let named = |name: &str| {
        let req = activation(&customer.activation_key, name);
        office.api.hand_in(&carried(&InstallationKey::new(), &office, &req).signed(), &[])
    };
    for name in ["a\0b", "a\nb", "a\u{2028}b"] {
        let refused = named(name);
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("activate.name"), "{}", refused.text);
    }
    let hostile = "\u{202e}-----BEGIN LICENSE----- <script>";
    let answer = named(hostile);
    answer.carried_license();
    assert!(!answer.text.contains('\u{202e}') && !answer.text.contains("<script>"));
}

#[test]
fn what_is_no_request_is_refused_by_its_size_and_its_kind() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let mut large_picture = b"\x89PNG\r\n\x1a\n".to_vec();
    large_picture.resize(8 * 1024 * 1024 + 1, 0);
    let blank = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = image::GrayImage::from_pixel(200, 200, image::Luma([255]));
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    for (bytes, status, words) in [
        (vec![b'a'; 64 * 1024 + 1], 413, "too large"),
        (large_picture, 413, "too large"),
        (b"GIF89a\xff\xfe\x00".to_vec(), 422, "no request"),
        (b"\x89PNG\r\n\x1a\nand no more".to_vec(), 422, "cannot be opened"),
        (b"\xff\xd8\xff\xe0".to_vec(), 422, "cannot be opened"),
        (blank, 422, "no QR code"),
        (Vec::new(), 422, "no request"),
    ] {
        let refused = office.api.hand_in_file(&bytes);
        assert_eq!(refused.status, status, "{words}");
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    let unknown = office.api.hand_in_form(&[("other", None, b"x")], &[]);
    assert_eq!(unknown.status, 422);
    let many: Vec<_> = (0..9).map(|_| ("request", None, &b"a.b.c"[..])).collect();
    assert_eq!(office.api.hand_in_form(&many, &[]).status, 401, "read as far as the form goes");
    let plain = [("content-type", "text/plain")];
    assert_eq!(office.api.page("POST", "/offline", &plain, Some("x")).status, 422);
}
