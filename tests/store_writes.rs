//! What one write of the store does together.

use crate::support::TestOffice;
use licentia::chance::Chance;
use licentia::domain::ids::{CustomerId, LicenseId};
use licentia::store::{Location, Store, StoreError};

on_both_databases! {
    fn a_write_changes_each_customer_that_it_issues_for(database) {
        let office = TestOffice::start(database);
        let location = Location::parse(office.database_url()).unwrap();
        let store = Store::open(location, Chance::default()).unwrap();
        let ids = ["2014-0001", "2014-0002"].map(|order| {
            let customer = office.customer();
            office.purchase(&customer, order, 20);
            CustomerId::stored(customer.id)
        });
        let next = |id: &CustomerId| LicenseId::from_ulid(&id.as_str()["cus_".len()..]);
        let written = store.write(|tx| {
            let mut issued = Vec::new();
            for id in &ids {
                let current = tx.current_license(id)?.unwrap();
                let mut license = tx.license(&current.id)?.unwrap();
                (license.id, license.seq) = (next(id), license.seq + 1);
                issued.push((license, current));
            }
            for (license, current) in &issued {
                tx.add_license(license, Some(current), 1, current.deadlines)?;
            }
            Ok::<_, StoreError>(())
        });
        written.unwrap();
        for id in &ids {
            let current = office.api.get(&format!("/customers/{id}/license")).expect(200);
            assert_eq!(current.text_at("/id"), next(id).as_str());
        }
    }
}
