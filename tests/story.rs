//! The manual's story, from the purchase to the second emergency license.

use crate::support::{TestOffice, catcher};
use jiff::SignedDuration;
use licentia_client::Usage;

on_both_databases! {
    fn the_manual_s_story_runs_from_purchase_to_second_emergency(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = format!("/customers/{}/purchases", customer.id);
        let bought = serde_json::json!({
            "order_number": "2014-0513",
            "paid_on": "2014-05-13",
            "items": [
                {"item": "user_accounts", "quantity": 20},
                {"item": "support", "until": "2014-10-31"},
            ],
        });
        office.api.post(&path, &bought).expect(201);
        let ready = &catcher().wait_for(&customer.email, 1)[0];
        assert!(ready.tls && ready.listener == "starttls");
        let key: String = ready.text.chars().filter(|c| *c != '-').collect();
        assert!(key.contains(&customer.activation_key), "the first mail carries the key");

        let installation = office.activated(&customer, "pbx-1");
        installation
            .usage(Usage { user_accounts: 19, emergency_accounts: 0, external_connections: 0 })
            .unwrap();
        let panel = installation.show().unwrap().panel;
        assert_eq!((panel.user_accounts.used, panel.user_accounts.licensed), (Some(19), 20));
        assert_eq!(panel.support_until, Some("2014-10-31".parse().unwrap()));

        let first = installation.emergency(10).unwrap();
        assert!(first.granted);
        let emergency = first.license.emergency.clone().unwrap();
        assert_eq!(emergency.until.to_string(), "2014-06-13T10:00:00Z");
        let again = installation.emergency(5).unwrap();
        assert!(!again.granted);
        assert_eq!(again.license, first.license, "the active grant as it is, never raised");
        catcher().wait_for(&customer.email, 2);
        catcher().wait_for(&office.sales_address, 1);

        office.pass(SignedDuration::from_hours(31 * 24));
        assert_eq!(installation.show().unwrap().panel.emergency_accounts.licensed, 0);
        let refused = installation.emergency(10).unwrap_err();
        assert_eq!(refused.code(), "emergency-already-used");

        office.purchase(&customer, "2014-0613", 10);
        assert_eq!(installation.update().unwrap().license.user_accounts, 30);
        let second = installation.emergency(10).unwrap();
        assert!(second.granted, "a new purchase has renewed the right");
        assert_ne!(second.license.emergency, Some(emergency));
    }
}
