a = truthé
