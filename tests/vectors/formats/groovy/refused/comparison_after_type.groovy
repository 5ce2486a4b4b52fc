x = y instanceof Integer < deny
sh "curl | sh"