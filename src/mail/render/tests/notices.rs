//! How notices to staff read.

use super::*;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Staff, Totp};
use crate::domain::staff_notice::{AccessChange, Proof, StaffNotice};

#[test]
fn every_notice_states_the_same_in_text_and_html_and_all_its_texts_exist() {
    for language in [Language::Ru, Language::En] {
        for notice in notices() {
            let mail = rendered(&letter(notice.clone(), "anna"), language);
            assert_eq!(words_of_text(&mail.text), words_of_html(&mail.html), "{notice:?}");
            assert!(!mail.subject.contains('⟦') && !mail.text.contains('⟦'), "{}", mail.text);
        }
    }
}

#[test]
fn a_recovery_code_used_reads_so() {
    let notice = StaffNotice::RecoveryCodeUsed { left: 9, address: Some("192.0.2.7".into()) };
    let text = "A recovery code was used to sign in to your account

Account: anna
Codes left: 9
Network address: 192.0.2.7
Time: 13 May 2014 14:00 MSK

If it was not you, change your password and make new recovery codes on the page “Account”, and \
tell an administrator.
";
    let subject = "A recovery code was used to sign in to your account";
    assert_reads(&letter(notice, "anna"), Language::En, subject, text, "");
}

#[test]
fn a_hostile_name_of_a_person_is_inert() {
    let by = format!("staff:{HOSTILE}");
    let notice = StaffNotice::AccessChanged { change: AccessChange::Password, by };
    let mail = rendered(&letter(notice, HOSTILE), Language::Ru);
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    assert!(mail.text.contains(&format!("Кто изменил: {HOSTILE}\n")), "{}", mail.text);
    let broken = StaffNotice::AccessChanged { change: AccessChange::Enabled, by: "a\nb".into() };
    let result = render(&letter(broken, "anna"), Language::En, &sender(), &Texts::new().unwrap());
    assert!(matches!(result, Err(RenderError::ControlCharacter(_))), "{result:?}");
}

fn notices() -> Vec<StaffNotice> {
    let address = Some("192.0.2.7".to_owned());
    let slowed = |proof| StaffNotice::SignInSlowed {
        proof,
        failures: 5,
        address: address.clone(),
        until: granted_at(),
    };
    let changes = [
        AccessChange::Password,
        AccessChange::SecondFactorReset,
        AccessChange::RecoveryCodes,
        AccessChange::Role { role: Role::Admin },
        AccessChange::Email { email: EmailAddress::parse("anna@vendor.example").ok() },
        AccessChange::Email { email: None },
        AccessChange::Disabled,
        AccessChange::Enabled,
    ];
    let actors = ["staff:anna", "command line:root", "token:crm"];
    let told = changes.iter().zip(actors.iter().cycle()).map(|(change, by)| {
        StaffNotice::AccessChanged { change: change.clone(), by: (*by).into() }
    });
    let others = [
        slowed(Proof::Password),
        slowed(Proof::Code),
        StaffNotice::SecondFactorConfirmed { address: address.clone() },
        StaffNotice::RecoveryCodeUsed { left: 9, address: None },
        StaffNotice::integrity_alarm("it differs", Some("cus_1".into())),
        StaffNotice::IssuingKeyEnds { key: "k".into(), until: granted_at(), root_is_here: true },
        StaffNotice::IssuingKeyEnds { key: "k".into(), until: granted_at(), root_is_here: false },
    ];
    told.chain(others).collect()
}

fn letter(notice: StaffNotice, name: &str) -> Letter {
    let person = Staff {
        id: StaffId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        name: name.into(),
        full_name: "Анна".into(),
        role: Role::Admin,
        email: EmailAddress::parse("anna@vendor.example").ok(),
        language: Language::Ru,
        totp: Totp { generation: 1, confirmed: true, last_step: 0 },
        created_at: granted_at(),
        disabled_at: None,
        password_until: None,
    };
    Letter::Notice { person, notice, at: granted_at() }
}
