//! Servers that start at the same moment on an empty database.

use crate::support::{ServerProcess, Site, at_once, roots_of};

on_both_databases! {
    fn two_servers_that_start_at_once_with_one_keyring_serve_one_root(database) {
        for _ in 0..3 {
            let site = Site::new(database);
            let servers = at_once(2, |_| ServerProcess::try_start(&site.settings, &[]));
            let servers: Vec<_> = servers.into_iter().map(|server| server.unwrap()).collect();
            let [one, two] = [&servers[0], &servers[1]].map(|server| roots_of(&server.api));
            assert_eq!(one.roots.len(), 1);
            assert_eq!(one, two);
            let api = servers[0].api.with_token(&site.token());
            let customer = crate::support::enter_customer(&api, 1);
            let other = servers[1].api.with_token(&site.token());
            other.get(&format!("/customers/{}", customer.id)).expect(200);
        }
    }

    fn of_two_servers_that_start_at_once_with_two_keyrings_one_refuses(database) {
        for _ in 0..3 {
            let site = Site::new(database);
            let started = at_once(2, |i| {
                let keys = site.folder.path().join(format!("keys-{i}")).display().to_string();
                let settings = [&site.settings[..], &[("keys_dir", keys)]].concat();
                ServerProcess::try_start(&settings, &[])
            });
            let refusals: Vec<_> = started.iter().filter_map(|s| s.as_ref().err()).collect();
            assert_eq!(refusals.len(), 1, "exactly one serves: {refusals:?}");
            let serving = started.iter().find_map(|server| server.as_ref().ok()).unwrap();
            let root = roots_of(&serving.api).roots[0].kid.clone().unwrap();
            let why = format!("this database belongs to the root {root}");
            assert!(refusals[0].contains(&why), "{}", refusals[0]);
        }
    }
}
