DROP TABLE second_factors;
DROP TABLE sign_in_failures;
