//! The tables, as the migrations of both databases make them. A time is UTC in whole seconds.

diesel::table! {
    office (id) {
        id -> BigInt,
        root -> Text,
        issuer -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    withdrawn_keys (key) {
        key -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    customers (id) {
        id -> Text,
        name -> Text,
        country -> Nullable<Text>,
        region -> Text,
        city -> Text,
        postal_code -> Text,
        email -> Text,
        language -> Text,
        places -> BigInt,
        activation_generation -> BigInt,
        activation_key_hash -> Binary,
        version -> BigInt,
        ledger_number -> BigInt,
        license_id -> Nullable<Text>,
        license_seq -> Nullable<BigInt>,
        license_issued_at -> Nullable<Timestamp>,
        license_key -> Nullable<Text>,
        support_until -> Nullable<Date>,
        emergency_until -> Nullable<Timestamp>,
        owed_since -> Nullable<Timestamp>,
        created_at -> Timestamp,
        activation_secret -> BigInt,
    }
}

diesel::table! {
    ledger (customer_id, number) {
        customer_id -> Text,
        number -> BigInt,
        kind -> Text,
        recorded_at -> Timestamp,
        recorded_by -> Text,
        chain -> Nullable<Binary>,
    }
}

diesel::table! {
    chain_heads (customer_id) {
        customer_id -> Text,
        head -> Binary,
    }
}

diesel::table! {
    row_macs (id) {
        id -> Text,
        mac -> Binary,
    }
}

diesel::table! {
    integrity_alarms (subject) {
        subject -> Text,
        details -> Text,
        noticed_at -> Timestamp,
    }
}

diesel::table! {
    purchases (id) {
        id -> Text,
        customer_id -> Text,
        number -> BigInt,
        order_number -> Text,
        paid_on -> Date,
        user_accounts -> Nullable<BigInt>,
        external_connections -> Nullable<BigInt>,
        support_until -> Nullable<Date>,
        notify -> Bool,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    standing_orders (order_key, twin) {
        order_key -> Text,
        twin -> BigInt,
        purchase_id -> Text,
    }
}

diesel::table! {
    spellings (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    voids (id) {
        id -> Text,
        customer_id -> Text,
        number -> BigInt,
        purchase_id -> Text,
        reason -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        customer_id -> Text,
        number -> BigInt,
        accounts -> BigInt,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        spent_order -> Text,
    }
}

diesel::table! {
    licenses (id) {
        change -> BigInt,
        id -> Text,
        customer_id -> Text,
        seq -> BigInt,
        issued_at -> Timestamp,
        key -> Text,
        cause -> Text,
        cause_id -> Text,
        document -> Binary,
    }
}

diesel::table! {
    installations (id) {
        id -> Text,
        customer_id -> Text,
        thumbprint -> Text,
        name -> Text,
        product_version -> Text,
        fingerprint -> Text,
        activated_at -> Timestamp,
        released_at -> Nullable<Timestamp>,
        used_user_accounts -> Nullable<BigInt>,
        used_emergency_accounts -> Nullable<BigInt>,
        used_external_connections -> Nullable<BigInt>,
        usage_reported_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    moves (installation_id) {
        installation_id -> Text,
        customer_id -> Text,
        replaced_id -> Text,
        moved_at -> Timestamp,
    }
}

diesel::table! {
    observations (installation_id) {
        installation_id -> Text,
        heard_at -> Timestamp,
        seq -> Nullable<BigInt>,
        seq_said_at -> Nullable<Timestamp>,
        machines -> Text,
        clone_since -> Nullable<Timestamp>,
        clone_sign -> Nullable<Text>,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        customer_id -> Nullable<Text>,
        staff_id -> Nullable<Text>,
        kind -> Text,
        cause_id -> Text,
        details -> Nullable<Text>,
        with_activation_key -> Bool,
        language -> Text,
        recipient -> Text,
        state -> Text,
        attempts -> BigInt,
        due_at -> Timestamp,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    idempotency_records (scope, key) {
        scope -> Text,
        key -> Text,
        request_hash -> Binary,
        outcome -> Text,
        recorded_at -> Timestamp,
        keep_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        name -> Text,
        role -> Text,
        hash -> Binary,
        created_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        addresses -> Text,
        previous_hash -> Nullable<Binary>,
        previous_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    secrets (name, version) {
        name -> Text,
        version -> BigInt,
        fingerprint -> Binary,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Text,
        recorded_at -> Timestamp,
        actor -> Text,
        action -> Text,
        subject -> Text,
        customer_id -> Nullable<Text>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        number -> Nullable<BigInt>,
        chain -> Nullable<Binary>,
    }
}

diesel::table! {
    staff (id) {
        id -> Text,
        name -> Text,
        full_name -> Text,
        role -> Text,
        email -> Nullable<Text>,
        language -> Text,
        password -> Text,
        totp_generation -> BigInt,
        totp_confirmed -> Bool,
        totp_last_step -> BigInt,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
        password_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    second_factors (staff_id) {
        staff_id -> Text,
        secret -> Binary,
    }
}

diesel::table! {
    recovery_codes (staff_id, hash) {
        staff_id -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        hash -> Binary,
        staff_id -> Text,
        stage -> Text,
        form_token -> Text,
        next -> Text,
        enrolment -> Nullable<Binary>,
        address -> Nullable<Text>,
        browser -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        proved_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    key_notices (key, days) {
        key -> Text,
        days -> BigInt,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    sign_in_failures (counter) {
        counter -> Binary,
        failures -> BigInt,
        pending_until -> Nullable<Timestamp>,
        blocked_until -> Nullable<Timestamp>,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    access_refusals (id) {
        id -> Text,
        day -> Date,
        kind -> Text,
        reason -> Text,
        address -> Text,
        name -> Text,
        others -> Bool,
        refusals -> BigInt,
        first_at -> Timestamp,
        last_at -> Timestamp,
    }
}

diesel::table! {
    setup_links (hash) {
        hash -> Binary,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    search_words (word, customer_id) {
        word -> Text,
        customer_id -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    chain_heads,
    customers,
    grants,
    installations,
    licenses,
    mails,
    observations,
    staff,
    withdrawn_keys
);
diesel::allow_tables_to_appear_in_same_query!(ledger, purchases, voids, grants);
diesel::allow_tables_to_appear_in_same_query!(standing_orders, purchases);
diesel::allow_tables_to_appear_in_same_query!(audit_events, customers);
diesel::allow_tables_to_appear_in_same_query!(row_macs, sessions);
diesel::allow_tables_to_appear_in_same_query!(row_macs, api_tokens);
