from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.properties import password_suite

TestOurPasswords = password_suite(encrypt=encrypt_password, decrypt=decrypt_password)
