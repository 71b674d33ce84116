//! What the office does: one use case a file, named for the job.
//!
//! Each opens one write transaction, loads what it decides on, lets the domain decide, has the
//! license signed, and stores cause, license, audit event, mail and the record of the answer
//! together. None knows of HTTP or SQL.

mod accept_records;
mod access_refusals;
mod activate;
mod actor;
mod address_list;
mod answer;
mod answer_request;
mod api_tokens;
mod audit;
mod audit_trail;
mod authenticate_installation;
mod authenticate_token;
mod case;
mod change_customer;
mod change_settings;
mod change_staff;
mod check_license;
mod choose_password;
mod create_customer;
mod customer_file;
mod customer_history;
mod customer_table;
mod error;
mod fetch_license;
mod fetch_panel;
mod find_in_order;
mod form_token;
mod known_device;
mod own_account;
mod passwords;
mod prove;
mod session_list;
mod sessions;
mod set_up;
mod sign_in;
mod sign_in_limit;

mod integrity;
mod integrity_alarms;
mod issuing_keys;
mod key_end;
mod key_events;
mod license_changes;
mod license_file;
mod moves;
mod notify_staff;
mod observations;
mod office;
mod open_keys;
mod outbox;
mod post_room;
mod preview_purchase;
mod printable_license;
mod read;
mod readiness;
mod record_purchase;
mod reissue_licenses;
mod release_installation;
mod renew_activation_key;
mod report_usage;
mod request_emergency;
mod resend_mail;
mod retry_mail;
mod rotate_key;
mod rotate_secret;
mod staff_file;
mod today;
mod token_uses;
mod try_mail_settings;
mod verify_records;
mod void_purchase;

pub use crate::domain::access_refusal::AccessKind;
pub use crate::domain::integrity::Tampering;
pub use crate::domain::staff::Role;
pub use crate::signing::{ActivationKey, SecretName};
pub use crate::store::{
    ApiToken, AuditEvent, Cause, CountedRefusals, CurrentDocument, License, Mail, MailFilter,
    MailKind, MailState, MailTopic, Page, Session, Stage,
};
pub use crate::store::{CloneToWatch, GrantToWatch, IssuedLately, MailToWatch, SupportEnding};
pub use accept_records::{
    accept_all, accept_audit, accept_customer, accept_row, renew_integrity_macs,
};
pub use access_refusals::{
    AccessAttempt, AccessRefusalList, AccessRefusals, access_refusals, latest_access_refusals,
    store_access_refusals,
};
pub use activate::{Activated, activate, check_activation_key};
pub use actor::{Actor, Right};
pub use answer::{Answer, Once};
pub use answer_request::{
    AnsweredRequest, Outcome, answer_request, brings_activation_key, carried_text,
    check_carried_key, holds_no_request, is_signed_request,
};
pub use api_tokens::{
    DEFAULT_OVERLAP_HOURS, DEFAULT_TOKEN_DAYS, NewToken, create_token, revoke_token, rotate_token,
};
pub use audit::ACTIONS;
pub use audit_trail::{AuditForm, AuditLine, AuditTrail, audit_trail};
pub use authenticate_token::authenticate_token;
pub use change_customer::change_customer;
pub use change_settings::{VendorSettings, change_settings, vendor_settings};
pub use change_staff::{StaffChange, add_staff, change_staff, check_new_staff, check_password_of};
pub use check_license::{LicenseCheck, check_license};
pub use choose_password::{check_chosen_password, choose_password};
pub use create_customer::{CreatedCustomer, create_customer};
pub use customer_file::{CustomerFile, customer_file};
pub use customer_history::{
    CustomerHistory, IssuedLicense, LicenseList, customer_history, license_history,
    purchase_history,
};
pub use customer_table::{LicensedCustomer, licensed_customers};
pub use error::{Error, Refusal, StandingOrder, Trouble, Unauthenticated};
pub use fetch_license::{LicenseRequest, fetch_license, license_at_hand};
pub use fetch_panel::fetch_panel;
pub use find_in_order::find_in_order;
pub use form_token::{is_stranger_form_token, stranger_form_token};
pub use integrity_alarms::raise_alarms;
pub use issuing_keys::{IssuingKeyFile, KeyState, KeysFile, issuing_keys};
pub use key_end::{KeyEnd, near_key_end, tell_key_end};
pub use key_events::{key_rotated, root_detached};
pub use known_device::{DEVICE_LIFETIME, DeviceCookie, authentic_device_cookies, device_name};
pub use license_changes::{LicenseChange, LicenseeField, license_changes};
pub use license_file::{LicenseFile, license_file};
pub use licentia_license::{Contents, Jwk};
pub use licentia_license::{Count, EmergencyState, InstallationPanel, Panel};
pub use notify_staff::{notify_administrators, notify_staff};
pub use observations::{Observations, note_observations};
pub use office::{
    Bell, ON_THE_PAGE, Office, SetBy, SettingFault, Settings, Understand, may_stand_on_page,
};
pub use open_keys::{has_keys, open_keys};
pub use outbox::{MailFile, MailParty, Outbox, mail_file, outbox};
pub use own_account::{
    change_own_email, change_own_name, change_own_password, check_new_password, check_own_email,
    own_account, renew_recovery_codes,
};
pub use passwords::{HashedPassword, PasswordPermit, PasswordPlace, Passwords};
pub use post_room::{Envelope, PostRoom, Trial, Tried, Written};
pub use preview_purchase::{PurchasePreview, preview_purchase};
pub use printable_license::{PrintableLicense, printable_license};
pub use prove::{Proof, proof_asked, prove_by_code, prove_by_password};
pub use read::*;
pub use readiness::Readiness;
pub use record_purchase::{RecordedPurchase, Warning, record_purchase};
pub use reissue_licenses::{count_to_reissue, is_reissue_needed, reissue_licenses};
pub use release_installation::{Released, release_by_staff, release_own};
pub use renew_activation_key::renew_activation_key;
pub use report_usage::report_usage;
pub use request_emergency::{EmergencyAnswer, request_emergency};
pub use resend_mail::resend_mail;
pub use retry_mail::{retry_mail, retry_stopped_mails};
pub use rotate_key::rotate_key;
pub use rotate_secret::{RotatedSecret, count_to_carry_over, rotate_secret};
pub use session_list::{
    end_other_own_sessions, end_own_session, end_staff_session, end_staff_sessions, own_sessions,
    staff_sessions,
};
pub use sessions::{
    KeyedSession, LiveSession, PROOF_GOOD_FOR, Visitor, begin_session, end_session, is_fresh,
    load_session, renew_session, touch_session,
};
pub use set_up::{check_set_up, check_setup_link, require_no_staff, set_up, setup_link};
pub use sign_in::{
    Enrolment, HalfOpenSession, NextStep, PasswordAttempt, PasswordProof, SignedIn,
    check_second_factor, confirm_second_factor, enrolment, find_password, finish_password,
    reseal_second_factors, sign_in,
};
pub use staff_file::{StaffFile, staff, staff_file};
pub use today::{SUPPORT_DAYS, Today, Watched, today};
pub use token_uses::{TokenUses, record_token_uses};
pub use try_mail_settings::try_mail_settings;
pub use verify_records::{VerifiedRecords, verify_records};
pub use void_purchase::{VoidedPurchase, void_purchase};
