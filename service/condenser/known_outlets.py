"""Names of well-known outlets: to understand short forms of them, and to notice that a collection lacks one."""

KNOWN = """
ABC News, ABC | Agence France-Presse, AFP | Al Jazeera | Associated Press, AP, AP News | Atlantic | Axios
BBC, BBC News, British Broadcasting Corporation | Bild | Bloomberg, Bloomberg News | Boston Globe | Breitbart
Business Insider | BuzzFeed News | CBC, CBC News | CBS News, CBS | Channel 4 News | Chicago Tribune
Christian Science Monitor, CS Monitor | CNBC | CNET | CNN | Corriere della Sera | Daily Beast
Daily Express, Express.co.uk | Daily Mail, Mail Online | Daily Mirror | Daily Telegraph | Der Spiegel, Spiegel
Deutsche Welle, DW | Economist | El País | Engadget | Euronews | Evening Standard | Financial Times, FT | Forbes
Fortune | Fox News | Frankfurter Allgemeine, Frankfurter Allgemeine Zeitung, FAZ | Globe and Mail | Guardian
Haaretz | Hill | Hindu | Hindustan Times | Huffington Post, HuffPost | Independent | Irish Times | ITV News, ITV
Jerusalem Post | Kyiv Independent | Kyodo News, Kyodo | La Repubblica | Le Figaro | Le Monde
Los Angeles Times, LA Times | Mail on Sunday | MarketWatch | Mashable | Mother Jones | MSNBC | National Review
NBC News, NBC | New Scientist | New Statesman | New York Post, NY Post | New York Times, NYT, NY Times | New Yorker
Newsweek | Nikkei, Nikkei Asia | NPR, National Public Radio, NPR News | Observer | PBS, PBS NewsHour | Politico
ProPublica | Reuters, Thomson Reuters, Reuters News | Rolling Stone | RTÉ | Scotsman | Seattle Times | Sky News
Slate | South China Morning Post, SCMP | Spectator | Süddeutsche Zeitung | Sun | Sun on Sunday | Sunday Times
Sydney Morning Herald, SMH | TASS | TechCrunch | Times, Times of London | Times of India, TOI | Time, Time Magazine
Toronto Star | USA Today | Vanity Fair | Variety | Verge | Vox | Wall Street Journal, WSJ | Washington Post, WaPo
Washington Times | Week | Wired | Xinhua | Yonhap | ZDNet
"""
"""Families of names, the usual one first."""
ORDINARY = """
age atlantic bild citizen conversation courier dispatch economist express focus fortune globe guardian herald hill hindu
independent insider intercept journal local mail metro mirror monitor nation nature observer people pioneer polygon post
press quartz reason record register republic review roar salon science scotsman sentinel slate spectator spiegel sport
standard star stern sun telegraph time times today tribune variety verge vice voice week wire wired world
"""
"""Outlets whose name is a word, and a name only with a capital letter."""
BROADCASTERS = "ap afp abc bbc cbc cbs cnbc cnn itv msnbc nbc npr pbs"
"""Whatever begins with one of these is a part of it: "BBC Sport"."""
