use super::{events, form, sent};
use crate::support::{Browser, TestOffice};
use licentia::app::Role;

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
        let form = form(&page, &[("token_name", "crm"), ("role", "sales")]);
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

        let taken = [("token_name", "crm"), ("role", "auditor")];
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
}
