use super::{events, form, sent};
use crate::support::{Browser, TestOffice};
use jiff::SignedDuration;
use licentia::app::{self, Actor, NewToken, Role};

/// The token that a page shows.
fn token(page: &str) -> String {
    let (_, rest) = page.split_once("<code class=\"all\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

on_both_databases! {
    fn a_token_is_made_once_shown_once_and_refused_when_taken_back(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let page = admin.call("GET", "/settings/tokens", None).expect(200);
        let form = form(&page, &[("token_name", "crm"), ("role", "sales"), ("token_days", "365")]);
        let made = [(); 2].map(|()| {
            token(&admin.call("POST", "/settings/tokens", Some(&form)).expect(200).text)
        });
        assert_eq!(made[0], made[1], "sent twice, one token is made, and shown");
        assert!(made[0].len() > 32);
        let crm = office.api.with_token(&made[0]);
        assert_eq!(crm.get("/customers").status, 200);
        let event = &events(&office, "token.created");
        let event = event.iter().find(|event| event["after"]["name"] == "crm").unwrap();
        assert_eq!(event["actor"], format!("staff:{}", admin.name));
        let everything = office.api.get("/audit-events?limit=200").text;
        assert!(!everything.contains(&made[0]), "the audit holds no token");
        let list = admin.call("GET", "/settings/tokens", None).text;
        assert!(list.contains("crm") && !list.contains(&made[0]));

        let taken = [("token_name", "crm"), ("role", "auditor"), ("token_days", "1")];
        let taken = sent(&admin, "/settings/tokens", &taken).expect(409);
        assert!(taken.text.contains("token_name-error"));
        sent(&admin, "/settings/tokens", &[("token_name", ""), ("role", "x")]).expect(422);

        let (before, _) = list.split_once("/revoke\">").map(|(a, b)| (a.to_owned(), b)).unwrap();
        let newest = before.rsplit("/settings/tokens/").next().unwrap().to_owned();
        let revoke = format!("/settings/tokens/{newest}/revoke");
        let asked = admin.call("GET", &revoke, None).expect(200);
        assert!(asked.text.contains("<bdi>crm</bdi>?"), "{}", asked.text);
        let form = super::form(&asked, &[]);
        for _ in 0..2 {
            admin.call("POST", &revoke, Some(&form)).expect(303);
        }
        assert_eq!(crm.get("/customers").status, 401);
        assert_eq!(events(&office, "token.revoked").len(), 1);
    }

    fn a_token_is_refused_after_its_end_and_tells_its_last_use(database) {
        let office = TestOffice::start(database);
        let token = office.new_token(&NewToken { days: 30, ..NewToken::new("crm", Role::Sales) });
        let crm = office.api.with_token(&token);
        crm.get("/customers").expect(200);
        let used_at = office.now();
        office.pass(SignedDuration::from_secs(30));
        crm.get("/customers").expect(200);
        app::record_token_uses(&office.inside()).unwrap();
        let by = Actor::CommandLine("test".into());
        let known = || {
            let tokens = app::tokens(&office.inside(), &by).unwrap();
            tokens.into_iter().find(|token| token.name == "crm").unwrap()
        };
        let last = known().last_used_at.unwrap();
        assert!(used_at <= last && last <= office.now(), "{last}");
        let later = SignedDuration::from_hours(24 * 30) - SignedDuration::from_secs(31);
        office.pass(later);
        crm.get("/customers").expect(200);
        office.pass(SignedDuration::from_secs(1));
        assert_eq!(crm.get("/customers").expect(401).text_at("/code"), "token-expired");
        let admin = Browser::signed_in(&office, Role::Admin);
        let page = admin.call("GET", "/settings/tokens", None).expect(200).text;
        assert!(page.contains("expired") && page.contains("crm"), "{page}");
        for days in ["0", "1827", "", "x"] {
            let form = [("token_name", "new"), ("role", "sales"), ("token_days", days)];
            let refused = sent(&admin, "/settings/tokens", &form).expect(422);
            assert!(refused.text.contains("token_days-error"), "{days}: {}", refused.text);
        }
    }

    fn a_token_is_accepted_from_its_addresses_alone(database) {
        let office = TestOffice::start(database);
        let from = |name: &str, addresses: &str| {
            let token = NewToken { addresses: addresses.into(), ..NewToken::new(name, Role::Sales) };
            office.api.with_token(&office.new_token(&token))
        };
        from("here", "192.0.2.0/24, 127.0.0.1").get("/customers").expect(200);
        let refused = from("there", "192.0.2.0/24").get("/customers").expect(403);
        assert_eq!(refused.text_at("/code"), "token-address");
        let admin = Browser::signed_in(&office, Role::Admin);
        let form = [
            ("token_name", "new"),
            ("role", "sales"),
            ("token_days", "365"),
            ("token_addresses", "example.com"),
        ];
        let refused = sent(&admin, "/settings/tokens", &form).expect(422);
        assert!(refused.text.contains("token_addresses-error"), "{}", refused.text);
    }

    fn after_a_rotation_both_tokens_are_accepted_until_the_overlap_ends(database) {
        let office = TestOffice::start(database);
        let first = office.new_token(&NewToken { days: 90, ..NewToken::new("crm", Role::Sales) });
        let admin = Browser::signed_in(&office, Role::Admin);
        let list = admin.call("GET", "/settings/tokens", None).expect(200).text;
        let (before, _) = list.split_once("/rotate\">").unwrap();
        let id = before.rsplit("/settings/tokens/").next().unwrap();
        let path = format!("/settings/tokens/{id}/rotate");
        let asked = admin.call("GET", &path, None).expect(200);
        let form = form(&asked, &[("overlap_hours", "24"), ("token_days", "365")]);
        let made = [(); 2]
            .map(|()| token(&admin.call("POST", &path, Some(&form)).expect(200).text));
        assert_eq!(made[0], made[1], "sent twice, the token is rotated once");
        assert_ne!(made[0], first);
        assert_eq!(events(&office, "token.rotated").len(), 1);
        let [old, new] = [&first, &made[0]].map(|token| office.api.with_token(token));
        old.get("/customers").expect(200);
        new.get("/customers").expect(200);
        office.pass(SignedDuration::from_hours(24));
        assert_eq!(old.get("/customers").expect(401).text_at("/code"), "token-expired");
        new.get("/customers").expect(200);
        // A second rotation ends the first token's overlap at once.
        let by = Actor::CommandLine("test".into());
        app::rotate_token(&office.inside(), &by, None, "crm", 1, 365).unwrap();
        assert_eq!(old.get("/customers").expect(401).text_at("/code"), "token-unknown");
        new.get("/customers").expect(200);
        office.pass(SignedDuration::from_hours(24 * 80));
        assert_eq!(new.get("/customers").expect(401).text_at("/code"), "token-expired");
        app::revoke_token(&office.inside(), &by, None, "crm").unwrap();
    }
}
