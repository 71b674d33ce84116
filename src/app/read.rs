//! What staff read: lists and single things, each after a look at the role.

use super::{Actor, Error, Office, Right};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InstallationId, LicenseId};
use crate::domain::installation::Installation;
use crate::domain::ledger::{Grant, Ledger, Purchase, Void};
use crate::domain::observation::Observed;
use crate::domain::search;
use crate::store::{ApiToken, AuditEvent, License, Mail, Page, Tx};
use licentia_license::Roots;

/// A purchase, and its void if it was voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseState {
    /// The purchase.
    pub purchase: Purchase,
    /// The void.
    pub void: Option<Void>,
}

/// A customer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn customer(office: &Office, actor: &Actor, id: &CustomerId) -> Result<Customer, Error> {
    read(office, actor, |tx| tx.customer(id)?.ok_or(Error::NotFound))
}

/// Customers by id, or those that a search finds: the one whose id it is, or to whom the purchase,
/// license, installation, emergency license or mail with this id belongs; else those of whose words
/// (name, city, postal code, e-mail address, order numbers) some begin with each word of the search.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn customers(
    office: &Office,
    actor: &Actor,
    page: &Page,
    search: Option<&str>,
) -> Result<Vec<Customer>, Error> {
    let search = search.map(str::trim).filter(|search| !search.is_empty());
    read(office, actor, |tx| {
        let Some(search) = search else { return Ok(tx.customers(page, &[])?) };
        if let Some(id) = tx.customer_by_any_id(search)? {
            return Ok(tx.customer(&id)?.into_iter().filter(|_| page.after.is_none()).collect());
        }
        match search::terms(search) {
            terms if terms.is_empty() => Ok(Vec::new()),
            terms => Ok(tx.customers(page, &terms)?),
        }
    })
}

/// A customer's purchases.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn purchases(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    page: &Page,
) -> Result<Vec<PurchaseState>, Error> {
    of_customer(office, actor, id, |tx| {
        let ledger = tx.ledger(id)?;
        let purchases = tx.purchases(id, page)?;
        let with_void = purchases.into_iter().map(|purchase| {
            let void = ledger.void_of(&purchase.id).cloned();
            PurchaseState { purchase, void }
        });
        Ok(with_void.collect())
    })
}

/// A customer's current license.
///
/// # Errors
/// [`Error::NotFound`] also before the first, [`Error::Forbidden`].
pub fn current_license(office: &Office, actor: &Actor, id: &CustomerId) -> Result<License, Error> {
    of_customer(office, actor, id, |tx| {
        let current: Option<LicenseId> = tx.current_license(id)?.map(|current| current.id);
        let license = current.map(|id| tx.license(&id)).transpose()?.flatten();
        license.ok_or(Error::NotFound)
    })
}

/// All of a customer's licenses.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn licenses(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    page: &Page,
) -> Result<Vec<License>, Error> {
    of_customer(office, actor, id, |tx| Ok(tx.licenses(id, page)?))
}

/// A customer's emergency grants.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn grants(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    page: &Page,
) -> Result<Vec<Grant>, Error> {
    of_customer(office, actor, id, |tx| Ok(tx.grants(id, page)?))
}

/// An installation, and its customer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn installation(
    office: &Office,
    actor: &Actor,
    id: &InstallationId,
) -> Result<(Installation, Customer), Error> {
    read(office, actor, |tx| {
        let installation = tx.installation(id)?.ok_or(Error::NotFound)?;
        let customer = tx.customer(&installation.customer)?.ok_or(Error::NotFound)?;
        Ok((installation, customer))
    })
}

/// A customer's installations.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn installations(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    page: &Page,
) -> Result<Vec<KnownInstallation>, Error> {
    of_customer(office, actor, id, |tx| {
        let mut observed = tx.observed_of(id)?;
        let installations = tx.installations(id, page)?.into_iter();
        let known = installations.map(|installation| {
            let observed = observed.remove(&installation.id);
            KnownInstallation { installation, observed }
        });
        Ok(known.collect())
    })
}

/// A customer's whole ledger.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn ledger(office: &Office, actor: &Actor, id: &CustomerId) -> Result<Ledger, Error> {
    of_customer(office, actor, id, |tx| Ok(tx.ledger(id)?))
}

/// All API tokens, revoked ones included.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn tokens(office: &Office, actor: &Actor) -> Result<Vec<ApiToken>, Error> {
    read(office, actor, |tx| Ok(tx.api_tokens()?))
}

/// The mails of the outbox.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn mails(office: &Office, actor: &Actor, page: &Page) -> Result<Vec<Mail>, Error> {
    read(office, actor, |tx| Ok(tx.mails(page)?))
}

/// Audit events, of one customer or of all.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn audit_events(
    office: &Office,
    actor: &Actor,
    page: &Page,
    customer: Option<&CustomerId>,
) -> Result<Vec<AuditEvent>, Error> {
    read(office, actor, |tx| Ok(tx.audit_events(page, customer)?))
}

/// What a product pins, and the issuing keys by name.
///
/// # Errors
/// When the keys cannot be read.
pub fn public_keys(office: &Office) -> Result<(Roots, Vec<licentia_license::Jwk>), Error> {
    let keyring = office.keys.keyring()?;
    let good = keyring
        .issuing()
        .iter()
        .filter(|key| !keyring.withdrawn().contains(&key.public.thumbprint()))
        .map(|key| key.public.named_jwk());
    Ok((keyring.roots(&office.settings().issuer), good.collect()))
}

/// A customer's installation, and what is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownInstallation {
    /// The installation.
    pub installation: Installation,
    /// What it said of itself; none before it was heard of.
    pub observed: Option<Observed>,
}

fn read<T>(
    office: &Office,
    actor: &Actor,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    actor.require(Right::Read)?;
    office.store.read(work)
}

fn of_customer<T>(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    read(office, actor, |tx| {
        tx.customer(id)?.ok_or(Error::NotFound)?;
        work(tx)
    })
}
