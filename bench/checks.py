def check_answers(db, port, every):
    pass
