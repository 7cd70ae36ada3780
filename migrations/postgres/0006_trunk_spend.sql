-- What calls out through each trunk cost in a day, thousandths of the currency of the tariffs; what is reserved for running calls is in it.

CREATE TABLE trunk_spend (
    day TEXT NOT NULL,
    trunk TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (day, trunk)
);
